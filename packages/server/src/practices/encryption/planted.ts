/** Values are planted as an application would store them, and then looked for in the files of this installation. */
import { randomBytes } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import type { Observation, ProbeContext } from '../../claims/probe.ts';
import type { PracticeNeeds } from '../needs.ts';
import type { Hunt, Hunted } from './hunt.ts';

/** An eighth of one core. */
const rest = 7;
/** File systems round times. */
const slackMs = 2_000;
function inThread(wanted: Hunt, signal: AbortSignal): Promise<Hunted> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./hunt-worker.ts', import.meta.url), { workerData: wanted });
    signal.addEventListener('abort', () => void worker.terminate(), { once: true });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('the search was stopped')));
  });
}

/** Looks for what was planted now and the time before, and for what was found and is not gone yet. */
export function plantedValuesAreSealed({ files, plant, wanted, warn }: PracticeNeeds) {
  return async ({ signal }: ProbeContext): Promise<Observation> => {
    if (files.length === 0) return { verdict: 'unknown', counts: {}, reason: 'files-not-here' };
    const control = randomBytes(12).toString('hex');
    const { secret } = await wanted.next();
    await plant({ secret, control });
    const values = await wanted.all();
    const sinceMs = Math.min(...values.map(({ at }) => at.getTime())) - slackMs;
    const markers = values.map((one) => one.secret);
    const { found, foundControl, unread, ...searched } = await inThread(
      { folders: files, markers, control, sinceMs, rest },
      signal,
    );
    for (const where of found) warn(`a planted value is readable: ${where}`);
    const readable = new Set(found.flatMap((where) => values[Number.parseInt(where, 10)] ?? []));
    await wanted.seen(values, readable);
    const counts = {
      planted: values.length,
      readable: readable.size,
      files: searched.files,
      megabytes: Math.round(searched.bytes / 1_000_000),
      unread,
    };
    if (readable.size > 0) return { verdict: 'fails', counts };
    if (!foundControl || unread > 0) return { verdict: 'unknown', counts, reason: 'search-is-blind' };
    return { verdict: 'holds', counts };
  };
}
