/** Who has an account: staff of the operator and admins of customers. What is personal of them is in `profile.ts`. */
import type { Clock } from '../../platform/clock/clock.ts';
import { keyedDigest, type SecretKey } from '../../platform/crypto/key.ts';
import type { Database, Queryable } from '../../platform/database/database.ts';
import type { AccountId, CustomerId, PersonId } from '../../platform/ids/ids.ts';
import type { Role } from '../caller.ts';
import type { SealedProfile } from './profile.ts';

export type AccountState = 'invited' | 'active' | 'left';

export interface RoleGrant {
  readonly role: Role;
  readonly grantedBy: AccountId | undefined;
  readonly expiresAt: Date;
}

export interface Account {
  readonly id: AccountId;
  readonly person: PersonId;
  readonly kind: 'staff' | 'admin';
  /** An admin's customer. */
  readonly customer: CustomerId | undefined;
  readonly state: AccountState;
  readonly language: 'de' | 'en';
  readonly country: string;
  readonly lockedUntil: Date | undefined;
  readonly lastSignInAt: Date | undefined;
  /** Also those that have expired. */
  readonly roles: readonly RoleGrant[];
  readonly profile: SealedProfile;
}

export interface NewAccount extends Pick<Account, 'id' | 'person' | 'kind' | 'customer' | 'language' | 'country'> {
  readonly emailDigest: Buffer;
  readonly profile: SealedProfile;
}

export interface Accounts {
  /** Of an address, in the form in which addresses are compared. Keyed, so that nobody finds it by guessing. */
  emailDigest(email: string): Buffer;
  find(id: AccountId): Promise<Account | undefined>;
  /** Those of an address, the oldest first: one among the staff, and one among the admins of each customer. */
  withAddress(digest: Buffer): Promise<readonly Account[]>;
  /** Staff, or the admins of one customer; those who left last. */
  list(of: 'staff' | CustomerId): Promise<readonly Account[]>;
  /** Active accounts that hold one of these roles now. */
  withRole(roles: readonly Role[], of?: CustomerId): Promise<readonly AccountId[]>;
  insert(connection: Queryable, account: NewAccount): Promise<void>;
  setState(connection: Queryable, id: AccountId, state: AccountState): Promise<void>;
  setProfile(connection: Queryable, id: AccountId, profile: SealedProfile): Promise<void>;
  setLanguage(id: AccountId, language: 'de' | 'en'): Promise<void>;
  /** These and no others. One that stays as it is keeps its date and what was told of it. */
  setRoles(connection: Queryable, id: AccountId, roles: readonly RoleGrant[]): Promise<void>;
}

interface Row {
  readonly account_id: AccountId;
  readonly person_id: PersonId;
  readonly kind: Account['kind'];
  readonly of_customer_id: CustomerId | null;
  readonly state: AccountState;
  readonly language: Account['language'];
  readonly country: string;
  readonly locked_until: Date | null;
  readonly last_sign_in_at: Date | null;
  readonly profile_key_id: SealedProfile['dataKey']['id'];
  readonly profile_key: Buffer;
  readonly profile_key_commitment: Buffer;
  readonly profile: Buffer;
  readonly profile_version: number;
  readonly roles: readonly { role: Role; by: AccountId | null; expires: string }[] | null;
}

const asAccount = (row: Row): Account => ({
  id: row.account_id,
  person: row.person_id,
  kind: row.kind,
  customer: row.of_customer_id ?? undefined,
  state: row.state,
  language: row.language,
  country: row.country,
  lockedUntil: row.locked_until ?? undefined,
  lastSignInAt: row.last_sign_in_at ?? undefined,
  roles: (row.roles ?? []).map(({ role, by, expires }) => ({
    role,
    grantedBy: by ?? undefined,
    expiresAt: new Date(expires),
  })),
  profile: {
    dataKey: { id: row.profile_key_id, wrapped: row.profile_key, commitment: row.profile_key_commitment },
    version: row.profile_version,
    sealed: row.profile,
  },
});

const select = `
  select a.*, (select json_agg(json_build_object('role', r.role, 'by', r.granted_by, 'expires', r.expires_at) order by r.role)
               from identity.role r where r.customer_id = a.customer_id and r.account_id = a.account_id) as roles
  from identity.account a where a.customer_id = $1`;

export interface AccountsOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly operator: () => Promise<CustomerId>;
  /** Keys the digests of addresses. */
  readonly addressKey: SecretKey;
}

export function createAccounts({ database, clock, operator, addressKey }: AccountsOptions): Accounts {
  async function one(where: string, value: string): Promise<Account | undefined> {
    const [row] = await database.query<Row>(`${select} and ${where}`, [await operator(), value]);
    return row && asAccount(row);
  }

  return {
    emailDigest: (email) => keyedDigest(addressKey, 'address', email.normalize('NFKC').trim().toLowerCase()),
    find: (id) => one('a.account_id = $2', id),
    async withAddress(digest) {
      const rows = await database.query<Row>(
        `${select} and a.email_digest = $2 and a.state <> 'left' order by a.created_at, a.account_id`,
        [await operator(), digest],
      );
      return rows.map(asAccount);
    },
    async list(of) {
      const rows = await database.query<Row>(
        `${select} and a.kind = $2 and a.of_customer_id is not distinct from $3::uuid
         order by a.state = 'left', a.created_at`,
        [await operator(), of === 'staff' ? 'staff' : 'admin', of === 'staff' ? null : of],
      );
      return rows.map(asAccount);
    },
    async withRole(roles, of) {
      const rows = await database.query<{ account_id: AccountId }>(
        `select distinct a.account_id from identity.account a
         join identity.role r on r.customer_id = a.customer_id and r.account_id = a.account_id
         where a.customer_id = $1 and a.state = 'active' and r.role = any($2) and r.expires_at > $3
           and a.of_customer_id is not distinct from $4::uuid`,
        [await operator(), roles, clock.now(), of ?? null],
      );
      return rows.map(({ account_id: id }) => id);
    },
    async insert(connection, account) {
      const { profile } = account;
      await connection.query(
        `insert into identity.account (customer_id, account_id, person_id, kind, of_customer_id, state, email_digest,
           profile_key_id, profile_key, profile_key_commitment, profile, profile_version, language, country, created_at)
         values ($1, $2, $3, $4, $5, 'invited', $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
        [
          await operator(),
          account.id,
          account.person,
          account.kind,
          account.customer ?? null,
          account.emailDigest,
          profile.dataKey.id,
          profile.dataKey.wrapped,
          profile.dataKey.commitment,
          profile.sealed,
          profile.version,
          account.language,
          account.country,
          clock.now(),
        ],
      );
    },
    async setState(connection, id, state) {
      await connection.query(
        `update identity.account set state = $3, left_at = case when $3 = 'left' then $4::timestamptz end
         where customer_id = $1 and account_id = $2`,
        [await operator(), id, state, clock.now()],
      );
    },
    async setProfile(connection, id, { sealed, version }) {
      await connection.query(
        'update identity.account set profile = $3, profile_version = $4 where customer_id = $1 and account_id = $2',
        [await operator(), id, sealed, version],
      );
    },
    async setLanguage(id, language) {
      await database.query('update identity.account set language = $3 where customer_id = $1 and account_id = $2', [
        await operator(),
        id,
        language,
      ]);
    },
    async setRoles(connection, id, roles) {
      const customer = await operator();
      await connection.query(
        'delete from identity.role where customer_id = $1 and account_id = $2 and role <> all($3)',
        [customer, id, roles.map(({ role }) => role)],
      );
      for (const { role, grantedBy, expiresAt } of roles)
        await connection.query(
          `insert into identity.role as r (customer_id, account_id, role, granted_by, granted_at, expires_at)
           values ($1, $2, $3, $4, $5, $6)
           on conflict (customer_id, account_id, role) do update
           set granted_by = excluded.granted_by, granted_at = excluded.granted_at, expires_at = excluded.expires_at,
             told_days = null
           where r.expires_at <> excluded.expires_at`,
          [customer, id, role, grantedBy ?? null, clock.now(), expiresAt],
        );
    },
  };
}
