/**
 * Every attempt to sign in, good or bad: who (or "unknown"), when, from where, with what, and how it ended. The entry in
 * the journal is the record; the table beside it only makes it quick to list.
 */
import { type Change, changeRider } from '../../journal/change.ts';
import { type Actor, encodeEntry, newSalt } from '../../journal/entry.ts';
import type { Journal } from '../../journal/journal.ts';
import { withCurrentKeys } from '../../keyring/current.ts';
import type { ActorDetail, DetailPart } from '../../keyring/details.ts';
import type { Keyring } from '../../keyring/keyring.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import type { Database, Queryable } from '../../platform/database/database.ts';
import { type AccountId, type CustomerId, newId, type PersonId, type SignInId } from '../../platform/ids/ids.ts';
import type { AccountLog } from '../accounts/account-log.ts';
import type { SignInMethod } from '../caller.ts';
import type { RawDevice, ReportedDevice } from './device.ts';
import type { Entrant } from './entrant.ts';

export type SignInOutcome = 'ok' | 'failed' | 'locked';

/** Where somebody comes from, as far as it can be known. */
export interface Origin {
  readonly address: string;
  readonly raw: RawDevice;
  readonly device: ReportedDevice;
}

export interface Attempt {
  /** `undefined`: nobody knows whose it was. */
  readonly account: Entrant | undefined;
  readonly outcome: SignInOutcome;
  readonly method: SignInMethod | 'password' | 'passkey';
  /** Who made the passkey, as it reports. */
  readonly provider?: string;
  readonly origin: Origin;
  readonly newDevice: boolean;
  readonly newPlace: boolean;
  /** Made in the same commit. */
  readonly change?: Change;
}

/** As it is listed. Address and user agent only where they were opened. */
export interface SignIn {
  readonly id: SignInId;
  readonly at: Date;
  readonly account: AccountId | undefined;
  readonly outcome: SignInOutcome;
  readonly method: string;
  readonly provider: string | undefined;
  readonly device: ReportedDevice;
  readonly newDevice: boolean;
  readonly newPlace: boolean;
  readonly log: 'access' | 'operator';
  readonly index: number | undefined;
  readonly detail: ActorDetail | undefined;
}

export interface SignInFilter {
  readonly account?: AccountId;
  readonly outcome?: SignInOutcome;
  /** Older than this one. */
  readonly after?: SignInId;
  readonly limit: number;
}

export interface SignInLog {
  /** @returns false when the change did not apply; then nothing was written. */
  record(attempt: Attempt): Promise<boolean>;
  /** Newest first; opens the details of each person against an entry of its own. */
  list(filter: SignInFilter, reader: Actor): Promise<readonly SignIn[]>;
}

interface Row {
  readonly sign_in_id: SignInId;
  readonly account_id: AccountId | null;
  readonly person_id: PersonId | null;
  readonly at: Date;
  readonly outcome: SignInOutcome;
  readonly method: string;
  readonly provider: string | null;
  readonly device_type: ReportedDevice['type'];
  readonly browser: string | null;
  readonly system: string | null;
  readonly new_device: boolean;
  readonly new_place: boolean;
  readonly salt: string;
  readonly detail: Buffer;
  readonly log: 'access' | 'operator';
  readonly idx: number | null;
}

const asSignIn = (row: Row, detail: ActorDetail | undefined): SignIn => ({
  id: row.sign_in_id,
  at: row.at,
  account: row.account_id ?? undefined,
  outcome: row.outcome,
  method: row.method,
  provider: row.provider ?? undefined,
  device: { type: row.device_type, browser: row.browser ?? undefined, system: row.system ?? undefined },
  newDevice: row.new_device,
  newPlace: row.new_place,
  log: row.log,
  index: row.idx ?? undefined,
  detail,
});

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

  const detailOf = ({ origin }: Attempt): ActorDetail => ({
    address: origin.address,
    userAgent: origin.raw.userAgent,
    ...(origin.raw.hints !== '' && { hints: origin.raw.hints }),
  });

  const refsOf = (id: SignInId, { outcome, method, provider, origin, newDevice, newPlace }: Attempt) => ({
    signIn: id,
    result: outcome,
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
         browser, system, new_device, new_place, salt, detail, log)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
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
      ],
    );
  }

  /** Beside the entry, not in its commit: the journal is the record, this only points into it. */
  async function pointAt(id: SignInId, index: number): Promise<void> {
    await database.query('update identity.sign_in set idx = $3 where customer_id = $1 and sign_in_id = $2', [
      await operator(),
      id,
      index,
    ]);
  }

  async function recordKnown(
    id: SignInId,
    account: NonNullable<Attempt['account']>,
    attempt: Attempt,
  ): Promise<number | undefined> {
    const position = await accountLog.write({
      kind: attempt.outcome === 'ok' ? 'session.open' : 'session.refuse',
      person: account.handle ?? account.person,
      ownActor: { kind: account.kind, country: account.country },
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

  /** One entry per person and listing, then all details of that person. */
  async function openOf(person: PersonId, rows: readonly Row[], reader: Actor): Promise<readonly ActorDetail[]> {
    return withCurrentKeys(keyring, await operator(), async ({ customer }) => {
      const handle = await keyring.person(customer, person);
      // Erased meanwhile: what they were called from is gone with their key.
      if (handle === undefined) return [];
      const outcome = await journal.append({
        customer,
        log: 'access',
        entry: {
          kind: 'signins.read',
          at: clock.now(),
          actor: reader,
          subject: handle.subject,
          purpose: 'account_administration',
          legalBasis: 'gdpr-6-1-f',
          scope: { count: rows.length },
          outcome: 'authorised',
          client: 'console',
        },
        fence: handle.fence,
        release: { customer, person, purpose: 'account_administration', collection: undefined, what: 'details' },
      });
      if (outcome.state !== 'appended' || outcome.receipt === undefined) return 'stale';
      return keyring.openOwnActorDetails(
        outcome.receipt,
        handle,
        rows.map(({ salt, detail }) => ({ salt, sealed: detail })),
      );
    });
  }

  async function openUnknown(rows: readonly Row[], reader: Actor): Promise<ReadonlyMap<SignInId, ActorDetail>> {
    const opened = new Map<SignInId, ActorDetail>();
    for (const month of new Set(rows.map(({ at }) => at.toISOString().slice(0, 7)))) {
      const own = rows.filter(({ at }) => at.toISOString().startsWith(month));
      const details = await withCurrentKeys(keyring, await operator(), async (customer) => {
        const outcome = await journal.append({
          customer: customer.customer,
          log: 'operator',
          entry: {
            kind: 'signins.read',
            at: clock.now(),
            actor: reader,
            purpose: 'account_administration',
            legalBasis: 'gdpr-6-1-f',
            scope: { count: own.length },
            outcome: 'authorised',
            client: 'console',
          },
          release: {
            customer: customer.customer,
            person: undefined,
            purpose: 'account_administration',
            collection: undefined,
            what: 'details',
          },
        });
        if (outcome.state !== 'appended' || outcome.receipt === undefined) return 'stale';
        return keyring.openActorDetails(
          outcome.receipt,
          customer,
          own[0]?.at ?? clock.now(),
          own.map(({ salt, detail }) => ({ salt, sealed: detail })),
        );
      });
      for (const [position, row] of own.entries()) {
        const detail = details[position];
        if (detail !== undefined) opened.set(row.sign_in_id, detail);
      }
    }
    return opened;
  }

  return {
    async record(attempt) {
      const id = newId<SignInId>();
      const index =
        attempt.account === undefined
          ? await recordUnknown(id, attempt)
          : await recordKnown(id, attempt.account, attempt);
      if (index === undefined) return false;
      await pointAt(id, index);
      return true;
    },
    async list({ account, outcome, after, limit }, reader) {
      const rows = await database.query<Row>(
        `select s.*, a.person_id from identity.sign_in s
         left join identity.account a on a.customer_id = s.customer_id and a.account_id = s.account_id
         where s.customer_id = $1 and ($2::uuid is null or s.account_id = $2) and ($3::text is null or s.outcome = $3)
           and ($4::uuid is null or (s.at, s.sign_in_id) <
             (select at, sign_in_id from identity.sign_in where customer_id = $1 and sign_in_id = $4))
         order by s.at desc, s.sign_in_id desc limit $5`,
        [await operator(), account ?? null, outcome ?? null, after ?? null, limit],
      );
      const details = new Map(
        await openUnknown(
          rows.filter((row) => row.account_id === null),
          reader,
        ),
      );
      const persons = new Set(rows.flatMap(({ person_id: person }) => (person === null ? [] : [person])));
      await Promise.all(
        [...persons].map(async (person) => {
          const own = rows.filter((row) => row.person_id === person);
          const opened = await openOf(person, own, reader);
          for (const [position, detail] of opened.entries()) {
            const row = own[position];
            if (row !== undefined) details.set(row.sign_in_id, detail);
          }
        }),
      );
      return rows.map((row) => asSignIn(row, details.get(row.sign_in_id)));
    },
  };
}
