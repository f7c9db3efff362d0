import type { PersonHandle } from '../../keyring/person-keys.ts';
import type { Account } from '../accounts/accounts.ts';
import type { SessionCaller } from '../caller.ts';

/** Who comes in. */
export interface Entrant extends Pick<Account, 'id' | 'person' | 'kind' | 'country'> {
  /** Of a person that is made in the same commit, and cannot be looked up yet. */
  readonly handle?: PersonHandle;
}

/** Whoever is in already. */
export function entrantOf({ account, person, kind, country }: SessionCaller): Entrant {
  return { id: account, person, kind, country };
}
