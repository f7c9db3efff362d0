/**
 * Every attempt to sign in, good or bad: who (or "unknown"), when, from where, with what, and how it ended. The entry in
 * the journal is the record; the table beside it only makes it quick to list.
 */
import { type Change, changeRider } from '../../journal/change.ts';
import { type Actor, type EntryKind, encodeEntry, newSalt } from '../../journal/entry.ts';
import type { Journal } from '../../journal/journal.ts';
import { withCurrentKeys } from '../../keyring/current.ts';
import type { ActorDetail, DetailPart } from '../../keyring/details.ts';
import type { Keyring } from '../../keyring/keyring.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import type { Database, Queryable } from '../../platform/database/database.ts';
import { type CustomerId, newId, type SignInId } from '../../platform/ids/ids.ts';
import type { AccountLog } from '../accounts/account-log.ts';
import type { SignInMethod } from '../caller.ts';
import type { RawDevice, ReportedDevice } from './device.ts';
import type { Entrant } from './entrant.ts';

/** `confirm`: a factor once more in a session; `approve`: a passkey's signature under an approval. */
export type SignInAct = 'sign-in' | 'confirm' | 'approve';

/** `limited`: turned away before it was looked at. */
export type SignInOutcome = 'ok' | 'failed' | 'locked' | 'limited';

/** Where somebody comes from, as far as it can be known. */
export interface Origin {
  readonly address: string;
  readonly raw: RawDevice;
  readonly device: ReportedDevice;
}

export interface Attempt {
  readonly act: SignInAct;
  /** `undefined`: nobody knows whose it was. */
  readonly account: Entrant | undefined;
  /** Of a session, with the role that it acts in. */
  readonly actor?: Actor;
  readonly outcome: SignInOutcome;
  /** How many it stands for; 1 when absent. */
  readonly attempts?: number;
  readonly method: SignInMethod | 'password' | 'passkey';
  /** Who made the passkey, as it reports. */
  readonly provider?: string;
  readonly origin: Origin;
  readonly newDevice: boolean;
  readonly newPlace: boolean;
  /** Made in the same commit. */
  readonly change?: Change;
}

export interface SignInLog {
  /** @returns false when the change did not apply; then nothing was written. */
  record(attempt: Attempt): Promise<boolean>;
}

export interface SignInLogOptions {
  readonly database: Database;
  readonly journal: Journal;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly accountLog: AccountLog;
  readonly operator: () => Promise<CustomerId>;
}

export function createSignInLog(options: SignInLogOptions): SignInLog {
  const { database, journal, keyring, clock, accountLog, operator } = options;

  const kindOf = ({ act, outcome }: Attempt): EntryKind => {
    if (outcome !== 'ok') return 'session.refuse';
    return act === 'confirm' ? 'session.confirm' : 'session.open';
  };

  const detailOf = ({ origin }: Attempt): ActorDetail => ({
    address: origin.address,
    userAgent: origin.raw.userAgent,
    ...(origin.raw.hints !== '' && { hints: origin.raw.hints }),
  });

  const refsOf = (
    id: SignInId,
    { act, outcome, attempts, method, provider, origin, newDevice, newPlace }: Attempt,
  ) => ({
    signIn: id,
    act,
    result: outcome,
    ...(attempts !== undefined && { attempts }),
    method,
    device: origin.device.type,
    newDevice: newDevice ? 1 : 0,
    newPlace: newPlace ? 1 : 0,
    ...(provider !== undefined && { provider }),
  });

  async function insert(connection: Queryable, id: SignInId, attempt: Attempt, detail: DetailPart): Promise<void> {
    const { account, origin } = attempt;
    await connection.query(
      `insert into identity.sign_in (customer_id, sign_in_id, account_id, at, outcome, method, provider, device_type,
         browser, system, new_device, new_place, salt, detail, log, act, attempts)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
      [
        await operator(),
        id,
        account?.id ?? null,
        clock.now(),
        attempt.outcome,
        attempt.method,
        attempt.provider ?? null,
        origin.device.type,
        origin.device.browser ?? null,
        origin.device.system ?? null,
        attempt.newDevice,
        attempt.newPlace,
        detail.salt,
        detail.sealed,
        account === undefined ? 'operator' : 'access',
        attempt.act,
        attempt.attempts ?? 1,
      ],
    );
  }

  /** Beside the entry, not in its commit: the journal is the record, this only points into it. */
  async function pointAt(id: SignInId, index: number): Promise<void> {
    await database.query(
      `update identity.sign_in s set idx = $3, generation = l.generation from journal.log l
       where s.customer_id = $1 and s.sign_in_id = $2 and l.customer_id = $1 and l.kind = s.log and l.ended_at is null`,
      [await operator(), id, index],
    );
  }

  async function recordKnown(
    id: SignInId,
    account: NonNullable<Attempt['account']>,
    attempt: Attempt,
  ): Promise<number | undefined> {
    const position = await accountLog.write({
      kind: kindOf(attempt),
      person: account.handle ?? account.person,
      ...(attempt.actor === undefined
        ? { ownActor: { kind: account.kind, country: account.country } }
        : { actor: attempt.actor }),
      outcome: attempt.outcome === 'ok' ? 'done' : 'refused',
      refs: refsOf(id, attempt),
      detail: detailOf(attempt),
      async change(connection, detail) {
        if (detail !== undefined) await insert(connection, id, attempt, detail);
        return attempt.change?.(connection) ?? true;
      },
    });
    return position?.index;
  }

  async function recordUnknown(id: SignInId, attempt: Attempt): Promise<number | undefined> {
    const index = await withCurrentKeys(keyring, await operator(), async (customer) => {
      const at = clock.now();
      const salt = newSalt();
      const { sealed, digest } = await keyring.sealActorDetail(customer, at, salt, detailOf(attempt));
      const outcome = await journal.append({
        customer: customer.customer,
        log: 'operator',
        entry: encodeEntry(
          {
            kind: 'session.refuse',
            at,
            actor: { kind: 'system', id: 'console' },
            outcome: 'refused',
            client: 'console',
            sealed: [digest],
            refs: refsOf(id, attempt),
          },
          salt,
        ),
        actorPart: sealed,
        rider: {
          rider: changeRider,
          payload: async (connection: Queryable) => {
            await insert(connection, id, attempt, { salt, sealed });
            return true;
          },
        },
      });
      return outcome.state === 'appended' ? outcome.position.index : 'stale';
    });
    return index;
  }

  return {
    async record(attempt) {
      const id = newId<SignInId>();
      const index =
        attempt.account === undefined
          ? await recordUnknown(id, attempt)
          : await recordKnown(id, attempt.account, attempt);
      if (index === undefined) return false;
      // Nobody waits for it: the list shows the attempt without its number until then.
      pointAt(id, index).catch(() => undefined);
      return true;
    },
  };
}
