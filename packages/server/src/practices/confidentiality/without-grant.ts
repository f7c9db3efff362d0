/** Tries the door of the viewer as somebody who signed in, holds a role, and has no grant: nothing may come out. */

import type { Viewer } from '../../custody/viewer.ts';
import type { SessionCaller, StaffRole } from '../../identity/caller.ts';
import { Problem } from '../../platform/http/problem.ts';
import {
  type AccountId,
  type GrantId,
  type Name,
  newId,
  type PersonId,
  type RecordId,
  type SessionId,
  type Subject,
} from '../../platform/ids/ids.ts';

export interface ViewAttempts {
  readonly tried: number;
  /** With the code that says so; anything else is not refused. */
  readonly refused: number;
}

const nothing = 'any' as Name;

/** An account that nobody has: no grant can be theirs. */
const somebody = (role: StaffRole): SessionCaller => ({
  kind: 'staff',
  session: newId<SessionId>(),
  account: newId<AccountId>(),
  person: newId<PersonId>(),
  subject: '' as Subject,
  roles: [role],
  customer: undefined,
  country: 'DE',
  method: 'passkey',
  passwordLeaked: false,
  freshUntil: new Date(0),
});

/** @param foreign a grant of somebody else that is active now, where there is one; and one that does not exist. */
export const createViewAttempts =
  (viewer: Viewer) =>
  async (roles: readonly StaffRole[], foreign: GrantId | undefined): Promise<ViewAttempts> => {
    let tried = 0;
    let refused = 0;
    for (const role of roles)
      for (const grant of [newId<GrantId>(), ...(foreign === undefined ? [] : [foreign])]) {
        const caller = somebody(role);
        const [person, record] = [newId<PersonId>(), newId<RecordId>()];
        const ways = [
          () => viewer.people(caller, grant, undefined, 1),
          () => viewer.find(caller, grant, nothing, nothing, ''),
          () => viewer.records(caller, grant, person, nothing, undefined),
          () => viewer.unmask(caller, grant, person, nothing, record, nothing),
        ];
        for (const way of ways) {
          tried += 1;
          const code = await way().then(
            () => 'shown',
            (error: unknown) => (error instanceof Problem ? error.code : 'failed'),
          );
          if (code === 'not_found' || code === 'grant_required') refused += 1;
        }
      }
    return { tried, refused };
  };
