/** Runs probes when they are due, bounded in time, and puts what they saw into the public log first. */
import { setTimeout as rest } from 'node:timers/promises';
import type { Journal } from '../journal/journal.ts';
import type { Clock } from '../platform/clock/clock.ts';
import type { CustomerId } from '../platform/ids/ids.ts';
import type { Observation, ProbeContext } from './probe.ts';
import type { Proof, ProofStore } from './proof-store.ts';
import type { Claim, MeasuredClaim, Practice } from './vocabulary.ts';

export interface Runner {
  start(): void;
  /** Runs what is due. @returns how many ran. */
  runDue(): Promise<number>;
  /** Runs one now. `undefined`: there is no such measured claim. */
  run(claim: string): Promise<Proof | undefined>;
  stop(): Promise<void>;
}

export interface RunnerOptions {
  readonly practices: readonly Practice[];
  readonly journal: Journal;
  readonly store: ProofStore;
  readonly clock: Clock;
  readonly operator: () => Promise<CustomerId>;
  readonly context: Omit<ProbeContext, 'signal' | 'operator'>;
  /** Names this server and its program in each proof. */
  readonly node: string;
  readonly program: string;
  /** After probes ran, and at each look: time alone can turn a claim. */
  readonly afterwards: () => Promise<void>;
  /** How often it is looked whether one is due; 0: only when asked. */
  readonly everyMs?: number;
}

const longestRestMs = 2_000;

const isMeasured = (claim: Claim): claim is MeasuredClaim => claim.grade === 'measured';

export function createRunner(options: RunnerOptions): Runner {
  const { practices, journal, store, clock, operator, context, node, program, afterwards, everyMs = 15_000 } = options;
  const claims = practices.flatMap(({ sentences }) => sentences.flatMap((one) => one.claims)).filter(isMeasured);
  let timer: NodeJS.Timeout | undefined;
  /** What of each claim is being measured; the next measurement of it waits. */
  const proving = new Map<string, Promise<unknown>>();
  let looking: Promise<number> | undefined;
  const stopped = new AbortController();

  /** An error and a time-out are unknown: what a probe could not see it did not see. */
  async function observe({ probe }: MeasuredClaim): Promise<Observation> {
    const controller = new AbortController();
    const signal = AbortSignal.any([controller.signal, stopped.signal]);
    let timeout: NodeJS.Timeout | undefined;
    const tooLong = new Promise<Observation>((resolve) => {
      timeout = setTimeout(() => {
        controller.abort();
        resolve({ verdict: 'unknown', counts: {}, reason: 'timeout' });
      }, probe.timeoutMs);
    });
    try {
      const run = probe.run({ ...context, operator: await operator(), signal });
      return await Promise.race([run, tooLong]);
    } catch {
      return { verdict: 'unknown', counts: {}, reason: 'probe-failed' };
    } finally {
      clearTimeout(timeout);
    }
  }

  /** One measurement of a claim after the other: who asks after something was mended is not told what was before. */
  function prove(claim: MeasuredClaim): Promise<Proof> {
    const before = proving.get(claim.id) ?? Promise.resolve();
    const mine = before.then(() => proveNow(claim));
    const settled = mine.catch(() => undefined);
    proving.set(claim.id, settled);
    settled.then(() => {
      if (proving.get(claim.id) === settled) proving.delete(claim.id);
    });
    return mine;
  }

  async function proveNow(claim: MeasuredClaim): Promise<Proof> {
    const started = clock.monotonicMs();
    const observedAt = clock.now();
    const { verdict, counts, reason } = await observe(claim);
    // What was broken off says nothing.
    if (stopped.signal.aborted) throw new Error('stopped');
    const collectedAt = clock.now();
    const tookMs = Math.round(clock.monotonicMs() - started);
    const appended = await journal.append({
      customer: await operator(),
      log: 'page',
      entry: {
        kind: 'claim.proof',
        at: clock.now(),
        actor: { kind: 'system', id: 'obhut' },
        outcome: 'done',
        refs: {
          claim: claim.id,
          verdict,
          probe: claim.probe.id,
          version: claim.probe.version,
          observed: observedAt.toISOString(),
          collected: collectedAt.toISOString(),
          node,
          program,
          ...(reason !== undefined && { reason }),
          ...Object.fromEntries(Object.entries(counts).map(([name, value]) => [`count_${name}`, value])),
        },
      },
    });
    if (appended.state !== 'appended') throw new Error('the page log takes no entry');
    const proof: Proof = {
      claim: claim.id,
      verdict,
      reason,
      counts,
      probe: claim.probe.id,
      probeVersion: claim.probe.version,
      observedAt,
      tookMs,
      index: appended.position.index,
    };
    await store.insert(proof);
    return proof;
  }

  async function due(): Promise<readonly MeasuredClaim[]> {
    const newest = await store.newest();
    const now = clock.now().getTime();
    return claims.filter(({ id, probe }) => {
      const last = newest.get(id);
      // A probe that was changed proves anew.
      return (
        last === undefined || last.probeVersion !== probe.version || now - last.observedAt.getTime() >= probe.everyMs
      );
    });
  }

  /** One after the other, with a rest as long as the measurement: probes must not be what slows the reads. */
  async function runAllDue(): Promise<number> {
    const wanted = await due();
    for (const claim of wanted) {
      if (stopped.signal.aborted) break;
      const { tookMs } = await prove(claim);
      await rest(Math.min(tookMs, longestRestMs), undefined, { signal: stopped.signal }).catch(() => undefined);
    }
    await afterwards();
    return wanted.length;
  }

  function runDue(): Promise<number> {
    looking ??= runAllDue().finally(() => {
      looking = undefined;
    });
    return looking;
  }

  return {
    runDue,
    async run(id) {
      const claim = claims.find((one) => one.id === id);
      if (claim === undefined) return undefined;
      const proof = await prove(claim);
      await afterwards();
      return proof;
    },
    start() {
      if (everyMs === 0) return;
      const look = () => {
        runDue().catch(() => undefined);
      };
      look();
      timer = setInterval(look, everyMs);
      timer.unref();
    },
    async stop() {
      clearInterval(timer);
      stopped.abort();
      await looking?.catch(() => undefined);
      await Promise.all(proving.values());
    },
  };
}
