/** The search in a thread of its own: it must not be what the reads wait for. */
import { parentPort, workerData } from 'node:worker_threads';
import { type Hunt, hunt } from './hunt.ts';

parentPort?.postMessage(await hunt(workerData as Hunt));
