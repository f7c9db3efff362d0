/** Values are planted as an application would store them, and then looked for in the files of this installation. */
import { randomBytes } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import type { Observation, ProbeContext } from '../../claims/probe.ts';
import type { PracticeNeeds } from '../needs.ts';
import type { Hunt, Hunted } from './hunt.ts';

interface Planted {
  /** Stored as a personal value. */
  readonly secret: string;
  /** Stored readable, on purpose: a search that does not find it is blind. */
  readonly control: string;
  readonly atMs: number;
}

/** A sixth of one core. */
const rest = 5;
/** File systems round times. */
const slackMs = 2_000;
/** Found ones are looked for until they are gone; so many of them. */
const mostWanted = 8;

function inThread(wanted: Hunt, signal: AbortSignal): Promise<Hunted> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./hunt-worker.ts', import.meta.url), { workerData: wanted });
    signal.addEventListener('abort', () => void worker.terminate(), { once: true });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('the search was stopped')));
  });
}

/** Looks for what was planted now and the time before: by then the database has written it wherever it writes. */
export function plantedValuesAreSealed({ files, plant, warn }: PracticeNeeds) {
  let before: Planted | undefined;
  let open: readonly Planted[] = [];

  return async ({ signal }: ProbeContext): Promise<Observation> => {
    if (files.length === 0) return { verdict: 'unknown', counts: {}, reason: 'files-not-here' };
    const atMs = Date.now();
    const now = { secret: randomBytes(12).toString('hex'), control: randomBytes(12).toString('hex'), atMs };
    await plant(now);
    const secrets = [...new Set([now, ...(before === undefined ? [] : [before]), ...open])];
    const sinceMs = Math.min(...secrets.map((one) => one.atMs)) - slackMs;
    const markers = secrets.map(({ secret }) => secret);
    const { found, foundControl, unread, ...searched } = await inThread(
      { folders: files, markers, control: now.control, sinceMs, rest },
      signal,
    );
    const positions = new Set(found.map((where) => Number.parseInt(where, 10)));
    for (const where of found) warn(`a planted value is readable: ${where}`);
    before = now;
    open = secrets.filter((_, position) => positions.has(position)).slice(0, mostWanted);
    const counts = {
      planted: secrets.length,
      readable: open.length,
      files: searched.files,
      megabytes: Math.round(searched.bytes / 1_000_000),
      unread,
    };
    if (open.length > 0) return { verdict: 'fails', counts };
    if (!foundControl || unread > 0) return { verdict: 'unknown', counts, reason: 'search-is-blind' };
    return { verdict: 'holds', counts };
  };
}
