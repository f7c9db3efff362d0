import type { PersonHandle } from '../../keyring/person-keys.ts';
import type { Account } from '../accounts/accounts.ts';

/** Who comes in. */
export interface Entrant extends Pick<Account, 'id' | 'person' | 'kind' | 'country'> {
  /** Of a person that is made in the same commit, and cannot be looked up yet. */
  readonly handle?: PersonHandle;
}
