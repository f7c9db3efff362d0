/** Work with a customer's keys as they are now: what closes a key raises a fence, and whoever is behind it looks again. */
import { WriteConflict } from '../journal/queue.ts';
import { Problem } from '../platform/http/problem.ts';
import type { CustomerId, PersonId } from '../platform/ids/ids.ts';
import type { CustomerHandle, Keyring } from './keyring.ts';
import type { PersonHandle } from './person-keys.ts';

const maxAttempts = 8;

/**
 * Works with a customer's current keys. When the journal says that they are stale, or somebody else was first, it is done
 * once more with fresh ones; a few times, then the caller is told.
 * @throws Problem `not_found` when there is no such customer, `write_conflict` when it never came to rest.
 */
export async function withCurrentKeys<Result>(
  keyring: Keyring,
  customerId: CustomerId,
  work: (customer: CustomerHandle) => Promise<Result | 'stale' | 'conflict'>,
): Promise<Result> {
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const customer = await keyring.customer(customerId);
    if (customer === undefined) throw new Problem('not_found');
    const result = await attemptOnce(keyring, work, customer);
    if (result === 'stale') keyring.stale(customerId);
    else if (result !== 'conflict') return result;
  }
  throw new Problem('write_conflict');
}

/**
 * What another server's change may have brought about: a refusal by a collection's definition that has changed since, or
 * a row that was rewrapped under a newer key than ours.
 */
const mayBeStale = (error: unknown) =>
  ['data_invalid', 'input_invalid', 'ciphertext_rejected'].includes((error as { code?: string }).code ?? '');

async function attemptOnce<Result>(
  keyring: Keyring,
  work: (customer: CustomerHandle) => Promise<Result>,
  customer: CustomerHandle,
): Promise<Result | 'conflict' | 'stale'> {
  try {
    return await work(customer);
  } catch (error) {
    if (error instanceof WriteConflict) return 'conflict';
    if (mayBeStale(error) && !(await keyring.isCurrent(customer))) return 'stale';
    throw error;
  }
}

/** The person's keys, or the same answer for "no such customer" and "no such person". */
export async function personOf(keyring: Keyring, customer: CustomerId, person: PersonId): Promise<PersonHandle> {
  const handle = await keyring.person(customer, person);
  if (handle === undefined) throw new Problem('not_found');
  return handle;
}
