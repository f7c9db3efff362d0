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

  return (caller: Caller, customer: CustomerId | undefined, request: FastifyRequest): void => {
    if (customer === undefined) return;
    const userAgent = (request.headers['user-agent'] ?? '').slice(0, 300);
    const id = `${caller.token}/${customer}/${request.ip}/${userAgent}`;
    const minute = Math.floor(clock.now().getTime() / minuteMs);
    if (seen.get(id) === minute) return;
    if (seen.size > maxRemembered) seen.clear();
    seen.set(id, minute);
    note(caller, customer, request.ip, userAgent).catch(() => {
      // Asked again with the next call; the access itself has its own entry and its own failure.
      seen.delete(id);
      log.warn('a service could not be noted');
    });
  };
}
