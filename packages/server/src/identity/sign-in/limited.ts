/**
 * Attempts that were turned away before anybody looked at them, because too many came from one network. They are in the log
 * of sign-ins too, but must not be a way to fill it: the first of a network at once, what follows summed up once a minute.
 */
import type { Clock } from '../../platform/clock/clock.ts';
import { clientNetwork } from '../sessions/client-address.ts';
import type { Entrant } from './entrant.ts';
import type { Origin, SignInAct, SignInLog } from './sign-in-log.ts';

export interface Limited {
  /** Nobody waits for it. */
  note(turnedAway: TurnedAway): void;
  /** Writes down what has been counted. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

export interface TurnedAway {
  readonly act: Exclude<SignInAct, 'approve'>;
  readonly method: 'password' | 'passkey';
  /** Of a session; nobody looks whose it is at the door. */
  readonly account: Entrant | undefined;
  readonly origin: Origin;
}

interface Counted extends TurnedAway {
  count: number;
  writtenAtMs: number;
}

const everyMs = 60_000;
/** Beyond that many networks in a minute the rest is counted together. */
const maxNetworks = 200;

export function createLimited(log: SignInLog, clock: Clock): Limited {
  const counted = new Map<string, Counted>();
  const writing = new Set<Promise<void>>();

  async function write(one: Counted): Promise<void> {
    const { count } = one;
    if (count === 0) return;
    one.count = 0;
    one.writtenAtMs = clock.monotonicMs();
    try {
      await log.record({ ...one, outcome: 'limited', attempts: count, newDevice: false, newPlace: false });
    } catch {
      // The journal takes nothing now: they are kept for the next minute.
      one.count += count;
    }
  }

  function begin(one: Counted): void {
    const done = write(one).finally(() => writing.delete(done));
    writing.add(done);
  }

  async function flush(): Promise<void> {
    for (const one of counted.values()) if (one.count > 0) begin(one);
    await Promise.all(writing);
    for (const [key, { count, writtenAtMs }] of counted)
      if (count === 0 && clock.monotonicMs() - writtenAtMs >= everyMs) counted.delete(key);
  }

  const timer = setInterval(() => void flush(), everyMs);
  timer.unref();
  return {
    note(turnedAway) {
      const { act, method, account, origin } = turnedAway;
      const own = [act, method, account?.id, clientNetwork(origin.address)].join('/');
      const key = counted.has(own) || counted.size < maxNetworks ? own : 'rest';
      const rest: Origin = { ...origin, address: 'several' };
      const found = counted.get(key);
      const one = found ?? {
        ...turnedAway,
        ...(key === 'rest' && { account: undefined, origin: rest }),
        count: 0,
        writtenAtMs: 0,
      };
      one.count += 1;
      counted.set(key, one);
      if (found === undefined) begin(one);
    },
    flush,
    async stop() {
      clearInterval(timer);
      await flush();
    },
  };
}
