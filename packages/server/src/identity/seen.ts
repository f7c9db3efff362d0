import type { FastifyBaseLogger, FastifyRequest } from 'fastify';
import { encodeEntry, newSalt } from '../journal/entry.ts';
import type { Journal } from '../journal/journal.ts';
import type { Keyring } from '../keyring/keyring.ts';
import type { Clock } from '../platform/clock/clock.ts';
import type { CustomerId } from '../platform/ids/ids.ts';
import type { Caller } from './tokens.ts';

export interface SeenOptions {
  readonly journal: Journal;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly log: FastifyBaseLogger;
}

const minuteMs = 60_000;
const maxRemembered = 50_000;

/**
 * Where a service calls from: its address and agent, sealed under the customer's log key of the month, once per token,
 * customer, address and minute. Beside the entries of its accesses, not in their way.
 */
export function createSeen({ journal, keyring, clock, log }: SeenOptions) {
  const seen = new Map<string, number>();

  async function note(caller: Caller, customerId: CustomerId, address: string, userAgent: string): Promise<void> {
    const customer = await keyring.customer(customerId);
    if (customer === undefined) return;
    const at = clock.now();
    const salt = newSalt();
    const detail = await keyring.sealActorDetail(customer, at, salt, { address, userAgent });
    await journal.append({
      customer: customerId,
      log: 'access',
      entry: encodeEntry(
        {
          kind: 'service.seen',
          at,
          actor: { kind: 'service', id: caller.token },
          outcome: 'done',
          client: 'api',
          sealed: [detail.digest],
        },
        salt,
      ),
      actorPart: detail.sealed,
    });
  }

  /** What a token was last seen with: most calls are like the one before, and then nothing is built to find that out. */
  const last = new WeakMap<
    Caller,
    { customer: CustomerId; address: string; agent: string | undefined; minute: number }
  >();

  return (caller: Caller, customer: CustomerId | undefined, request: FastifyRequest): void => {
    if (customer === undefined) return;
    const minute = Math.floor(clock.now().getTime() / minuteMs);
    const address = request.ip;
    const agent = request.headers['user-agent'];
    const before = last.get(caller);
    if (
      before?.minute === minute &&
      before.customer === customer &&
      before.address === address &&
      before.agent === agent
    )
      return;
    last.set(caller, { customer, address, agent, minute });
    const userAgent = (agent ?? '').slice(0, 300);
    const id = `${caller.token}/${customer}/${address}/${userAgent}`;
    if (seen.get(id) === minute) return;
    if (seen.size > maxRemembered) seen.clear();
    seen.set(id, minute);
    note(caller, customer, address, userAgent).catch(() => {
      // Asked again with the next call; the access itself has its own entry and its own failure.
      seen.delete(id);
      last.delete(caller);
      log.warn('a service could not be noted');
    });
  };
}
