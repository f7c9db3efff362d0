/** What happens to accounts stands in the operator's own access log, by pseudonym: erasing a person erases what it says of them. */
import { type Change, changeRider } from '../../journal/change.ts';
import { type Actor, type Entry, encodeEntry, newSalt } from '../../journal/entry.ts';
import type { Journal } from '../../journal/journal.ts';
import type { ReceiptPosition } from '../../journal/receipt.ts';
import { withCurrentKeys } from '../../keyring/current.ts';
import type { ActorDetail, DetailPart } from '../../keyring/details.ts';
import type { Keyring } from '../../keyring/keyring.ts';
import type { PersonHandle } from '../../keyring/person-keys.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import { Problem } from '../../platform/http/problem.ts';
import type { CustomerId, PersonId } from '../../platform/ids/ids.ts';

export interface AccountEvent {
  readonly kind: Entry['kind'];
  /** Whose account; a person that is just being made is given by its handle. */
  readonly person: PersonId | PersonHandle;
  /** Absent: the person itself, in this role and country. */
  readonly actor?: Actor;
  readonly ownActor?: Omit<Actor, 'id'>;
  readonly outcome?: Entry['outcome'];
  readonly refs?: Entry['refs'];
  /** Of the person as actor; sealed under the own key. */
  readonly detail?: ActorDetail;
  /** Made in the same commit; gets the sealed detail, as it stands beside the entry. */
  readonly change?: (connection: Parameters<Change>[0], detail: DetailPart | undefined) => Promise<boolean>;
}

export interface AccountLog {
  /** @returns where the entry stands, or `undefined` when the change did not apply: then nothing was written. */
  write(event: AccountEvent): Promise<ReceiptPosition | undefined>;
}

export interface AccountLogOptions {
  readonly journal: Journal;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly operator: () => Promise<CustomerId>;
}

export function createAccountLog({ journal, keyring, clock, operator }: AccountLogOptions): AccountLog {
  async function handleOf(person: PersonId | PersonHandle): Promise<PersonHandle> {
    if (typeof person !== 'string') return person;
    const handle = await keyring.person(await operator(), person);
    if (handle === undefined) throw new Problem('not_found');
    return handle;
  }

  async function append(event: AccountEvent): Promise<ReceiptPosition | 'declined' | 'stale'> {
    const handle = await handleOf(event.person);
    const salt = newSalt();
    const sealed = event.detail && keyring.sealOwnActorDetail(handle, salt, event.detail);
    const { change } = event;
    const outcome = await journal.append({
      customer: handle.customer,
      log: 'access',
      entry: encodeEntry(
        {
          kind: event.kind,
          at: clock.now(),
          actor: event.actor ?? { kind: 'staff', ...event.ownActor, id: handle.subject },
          subject: handle.subject,
          outcome: event.outcome ?? 'done',
          client: 'console',
          ...(sealed && { sealed: [sealed.digest] }),
          ...(event.refs && { refs: event.refs }),
        },
        salt,
      ),
      fence: handle.fence,
      ...(sealed && { actorPart: sealed.sealed }),
      ...(change && {
        rider: {
          rider: changeRider,
          payload: (connection: Parameters<Change>[0]) => change(connection, sealed && { salt, sealed: sealed.sealed }),
        },
      }),
    });
    if (outcome.state === 'declined') return 'declined';
    return outcome.state === 'appended' ? outcome.position : 'stale';
  }

  return {
    async write(event) {
      const position = await withCurrentKeys(keyring, await operator(), () => append(event));
      return position === 'declined' ? undefined : position;
    },
  };
}
