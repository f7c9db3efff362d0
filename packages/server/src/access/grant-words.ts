/** What people say of a grant in their own words: sealed for the customer, opened only against an entry. */
import { type Actor, type EncodedEntry, type Entry, encodeEntry, newSalt } from '../journal/entry.ts';
import type { Journal } from '../journal/journal.ts';
import { withCurrentKeys } from '../keyring/current.ts';
import type { Keyring } from '../keyring/keyring.ts';
import type { CustomerId } from '../platform/ids/ids.ts';
import type { Grant, GrantTexts } from './grant.ts';

export interface GrantWords {
  /** The reasons of a request, for its row. */
  seal(customer: CustomerId, at: Date, salt: string, texts: GrantTexts): Promise<Buffer>;
  /** An entry with a note sealed beside it. */
  withNote(
    customer: CustomerId,
    entry: Entry,
    note: string,
  ): Promise<{ readonly entry: EncodedEntry; readonly actorPart: Buffer }>;
  /** Opens the reasons of a request, against an entry of who reads them. */
  open(grant: Grant, reader: Actor): Promise<GrantTexts>;
}

export function createGrantWords({
  journal,
  keyring,
  now,
}: {
  readonly journal: Journal;
  readonly keyring: Keyring;
  readonly now: () => Date;
}): GrantWords {
  return {
    seal: (id, at, salt, { ticket, justification, telemetry }) =>
      withCurrentKeys(keyring, id, async (customer) => {
        const words = { ticket, justification, telemetry };
        return (await keyring.sealActorDetail(customer, at, salt, words)).sealed;
      }),
    withNote: (id, entry, note) =>
      withCurrentKeys(keyring, id, async (customer) => {
        const salt = newSalt();
        const { sealed, digest } = await keyring.sealActorDetail(customer, entry.at, salt, { note });
        return { entry: encodeEntry({ ...entry, sealed: [digest] }, salt), actorPart: sealed };
      }),
    open: (grant, reader) =>
      withCurrentKeys(keyring, grant.customer, async (customer) => {
        const { customer: id, purpose } = grant;
        const outcome = await journal.append({
          customer: id,
          log: 'access',
          entry: {
            kind: 'grant.read',
            at: now(),
            actor: reader,
            purpose,
            grant: grant.id,
            outcome: 'authorised',
            client: 'console',
          },
          release: { customer: id, person: undefined, purpose, collection: undefined, what: 'details' },
        });
        if (outcome.state !== 'appended' || outcome.receipt === undefined) return 'stale';
        const part = { salt: grant.salt, sealed: grant.texts };
        const [opened] = await keyring.openActorDetails(outcome.receipt, customer, grant.requestedAt, [part]);
        const { ticket = '', justification = '', telemetry = '' } = opened ?? {};
        return { ticket, justification, telemetry };
      }),
  };
}
