/** Sessions live on the server. The browser holds a random token, the database its digest; every request looks. */
import { hash, randomBytes } from 'node:crypto';
import type { Keyring } from '../../keyring/keyring.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import type { Database, Queryable } from '../../platform/database/database.ts';
import { type AccountId, type CustomerId, newId, type PersonId, type SessionId } from '../../platform/ids/ids.ts';
import type { Box } from '../../platform/secrets/box.ts';
import { type Role, type SessionCaller, type SignInMethod, signInMethods } from '../caller.ts';
import type { ReportedDevice } from '../sign-in/device.ts';

/** Without a request for this long it ends; it never lasts longer than `longestMs`. */
export const idleMs = 30 * 60_000;
export const longestMs = 12 * 3_600_000;
/** How long a strong factor counts as fresh. */
export const freshMs = 10 * 60_000;
/** How exactly the last request is remembered. */
const seenEveryMs = 60_000;

export interface NewSession {
  readonly account: AccountId;
  readonly person: PersonId;
  readonly method: SignInMethod;
  readonly device: ReportedDevice;
}

/** A session as its owner sees it in a list. */
export interface SessionInfo {
  readonly id: SessionId;
  readonly method: SignInMethod;
  readonly device: ReportedDevice;
  readonly createdAt: Date;
  readonly seenAt: Date;
}

export interface LiveSession {
  readonly caller: SessionCaller;
  readonly idleUntil: Date;
  readonly expiresAt: Date;
}

export interface Sessions {
  /** @returns the token, which is stored nowhere. */
  open(connection: Queryable, session: NewSession): Promise<{ readonly id: SessionId; readonly token: string }>;
  /** Who is behind this token, as things stand now: account, roles, times. */
  check(token: string): Promise<LiveSession | undefined>;
  /** A strong factor was used: a new token in place of the old one, and fresh again. */
  confirm(connection: Queryable, session: SessionId): Promise<string | undefined>;
  end(connection: Queryable, account: AccountId, session: SessionId): Promise<boolean>;
  endAll(connection: Queryable, account: AccountId, except?: SessionId): Promise<void>;
  list(account: AccountId): Promise<readonly SessionInfo[]>;
  /** Keeps the secret of an authenticator app until its first code has come back. */
  keepTotp(session: SessionId, secret: Uint8Array): Promise<void>;
  totpOf(session: SessionId): Promise<Buffer | undefined>;
  /** Whether it still lives; for what stays open (an event stream). */
  alive(session: SessionId): Promise<boolean>;
}

interface Row {
  readonly session_id: SessionId;
  readonly account_id: AccountId;
  readonly person_id: PersonId;
  readonly method: SignInMethod;
  readonly device_type: ReportedDevice['type'];
  readonly browser: string | null;
  readonly system: string | null;
  readonly created_at: Date;
  readonly seen_at: Date;
  readonly fresh_at: Date;
}

interface CheckedRow extends Row {
  readonly kind: SessionCaller['kind'];
  readonly of_customer_id: CustomerId | null;
  readonly country: string;
  readonly roles: Role[] | null;
  readonly password_leaked: boolean;
}

const tokenShape = /^[A-Za-z0-9_-]{43}$/;
const newToken = () => randomBytes(32).toString('base64url');
const digestOf = (token: string) => hash('sha256', token, 'buffer');

/** Not ended, not idle too long, not too old: `$2` is now. */
const living = `s.ended_at is null and s.seen_at > $2::timestamptz - interval '${idleMs} milliseconds'
  and s.created_at > $2::timestamptz - interval '${longestMs} milliseconds'`;

const checkSql = `
  select s.session_id, s.account_id, s.person_id, s.method, s.device_type, s.browser, s.system, s.created_at, s.seen_at,
         s.fresh_at, a.kind, a.of_customer_id, a.country,
         (select array_agg(r.role order by r.role) from identity.role r
          where r.customer_id = s.customer_id and r.account_id = s.account_id and r.expires_at > $2) as roles,
         exists (select 1 from identity.password w where w.customer_id = s.customer_id and w.account_id = s.account_id
                 and w.leaked_at is not null) as password_leaked
  from identity.session s join identity.account a on a.customer_id = s.customer_id and a.account_id = s.account_id
  where s.customer_id = $1 and ${living} and s.token_digest = $3 and a.state = 'active'`;

export interface SessionsOptions {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly box: Box;
  readonly operator: () => Promise<CustomerId>;
}

export function createSessions({ database, keyring, clock, box, operator }: SessionsOptions): Sessions {
  const totpPlace = (session: SessionId) => ['session-totp', session];
  const deviceOf = (row: Row): ReportedDevice => ({
    type: row.device_type,
    browser: row.browser ?? undefined,
    system: row.system ?? undefined,
  });

  async function touch(customer: CustomerId, row: Row, now: Date): Promise<void> {
    if (now.getTime() - row.seen_at.getTime() < seenEveryMs) return;
    await database.query('update identity.session set seen_at = $3 where customer_id = $1 and session_id = $2', [
      customer,
      row.session_id,
      now,
    ]);
  }

  return {
    async open(connection, { account, person, method, device }) {
      const id = newId<SessionId>();
      const token = newToken();
      const now = clock.now();
      await connection.query(
        `insert into identity.session (customer_id, session_id, account_id, person_id, token_digest, method, device_type,
           browser, system, created_at, seen_at, fresh_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $10)`,
        [
          await operator(),
          id,
          account,
          person,
          digestOf(token),
          method,
          device.type,
          device.browser ?? null,
          device.system ?? null,
          now,
        ],
      );
      return { id, token };
    },
    async check(token) {
      if (!tokenShape.test(token)) return undefined;
      const customer = await operator();
      const now = clock.now();
      const [row] = await database.query<CheckedRow>(checkSql, [customer, now, digestOf(token)], 'session-check');
      // Only two factors open a session; one that says otherwise was not opened by us.
      if (row === undefined || !signInMethods.includes(row.method)) return undefined;
      const person = await keyring.person(customer, row.person_id);
      if (person === undefined) return undefined;
      await touch(customer, row, now);
      return {
        caller: {
          kind: row.kind,
          session: row.session_id,
          account: row.account_id,
          person: row.person_id,
          subject: person.subject,
          roles: row.roles ?? [],
          customer: row.of_customer_id ?? undefined,
          country: row.country,
          method: row.method,
          passwordLeaked: row.password_leaked,
          freshUntil: new Date(row.fresh_at.getTime() + freshMs),
        },
        idleUntil: new Date(now.getTime() + idleMs),
        expiresAt: new Date(row.created_at.getTime() + longestMs),
      };
    },
    async confirm(connection, session) {
      const token = newToken();
      const rows = await connection.query(
        `update identity.session set token_digest = $3, fresh_at = $4, seen_at = $4
         where customer_id = $1 and session_id = $2 and ended_at is null returning 1`,
        [await operator(), session, digestOf(token), clock.now()],
      );
      return rows.length > 0 ? token : undefined;
    },
    async end(connection, account, session) {
      const rows = await connection.query(
        `update identity.session set ended_at = $4
         where customer_id = $1 and account_id = $2 and session_id = $3 and ended_at is null returning 1`,
        [await operator(), account, session, clock.now()],
      );
      return rows.length > 0;
    },
    async endAll(connection, account, except) {
      await connection.query(
        `update identity.session set ended_at = $4
         where customer_id = $1 and account_id = $2 and ended_at is null and session_id is distinct from $3::uuid`,
        [await operator(), account, except ?? null, clock.now()],
      );
    },
    async list(account) {
      const rows = await database.query<Row>(
        `select s.* from identity.session s where s.customer_id = $1 and ${living} and s.account_id = $3
         order by s.seen_at desc`,
        [await operator(), clock.now(), account],
      );
      return rows.map((row) => ({
        id: row.session_id,
        method: row.method,
        device: deviceOf(row),
        createdAt: row.created_at,
        seenAt: row.seen_at,
      }));
    },
    async keepTotp(session, secret) {
      await database.query('update identity.session set totp = $3 where customer_id = $1 and session_id = $2', [
        await operator(),
        session,
        box.seal(totpPlace(session), secret),
      ]);
    },
    async totpOf(session) {
      const [row] = await database.query<{ totp: Buffer | null }>(
        'select totp from identity.session where customer_id = $1 and session_id = $2',
        [await operator(), session],
      );
      return row?.totp == null ? undefined : box.open(totpPlace(session), row.totp);
    },
    async alive(session) {
      const rows = await database.query(
        `select 1 from identity.session s where s.customer_id = $1 and ${living} and s.session_id = $3`,
        [await operator(), clock.now(), session],
      );
      return rows.length > 0;
    },
  };
}
