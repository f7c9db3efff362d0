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
    const known = keyring.customer(customerId);
    // What is in memory is not waited for: here and below, every turn of the event loop is paid by each read.
    const customer = known instanceof Promise ? await known : known;
    if (customer === undefined) throw new Problem('not_found');
    let result: Result | 'stale' | 'conflict';
    try {
      result = await work(customer);
    } catch (error) {
      result = await retryable(keyring, customer, error);
    }
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

/** @throws the error again where another attempt would meet it too. */
async function retryable(keyring: Keyring, customer: CustomerHandle, error: unknown): Promise<'conflict' | 'stale'> {
  if (error instanceof WriteConflict) return 'conflict';
  if (mayBeStale(error) && !(await keyring.isCurrent(customer))) return 'stale';
  throw error;
}

function needed(handle: PersonHandle | undefined): PersonHandle {
  if (handle === undefined) throw new Problem('not_found');
  return handle;
}

/** The person's keys, at once where they are loaded; the same answer for "no such customer" and "no such person". */
export function personOf(
  keyring: Keyring,
  customer: CustomerId,
  person: PersonId,
): PersonHandle | Promise<PersonHandle> {
  const handle = keyring.person(customer, person);
  return handle instanceof Promise ? handle.then(needed) : needed(handle);
}
