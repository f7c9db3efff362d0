/** Password and TOTP belong together: an account has both or neither. With them come ten recovery codes. */
import type { Clock } from '../../platform/clock/clock.ts';
import type { SecretKey } from '../../platform/crypto/key.ts';
import type { Database, Queryable } from '../../platform/database/database.ts';
import type { AccountId, CustomerId, PersonId } from '../../platform/ids/ids.ts';
import type { Box } from '../../platform/secrets/box.ts';
import type { PasswordHasher } from './password-hash.ts';
import { newRecoveryCodes, recoveryDigest } from './recovery-codes.ts';
import { totpStep } from './totp.ts';

export interface NewPassword {
  readonly hash: Buffer;
  readonly totp: Uint8Array;
  /** The step of the code that proved that the app has the secret. */
  readonly totpStep: number;
}

/** Which second factor went with the password. */
export type Checked =
  | { readonly second: 'totp'; readonly step: number }
  | { readonly second: 'recovery'; readonly digest: Buffer };

export interface PasswordInfo {
  readonly setAt: Date;
  /** When it was found in a leak. */
  readonly leakedAt: Date | undefined;
  readonly recoveryCodes: number;
}

export interface Passwords {
  info(account: AccountId): Promise<PasswordInfo | undefined>;
  /**
   * Password and code together, in the same time whether or not the account (`undefined`: there is none) has them.
   * Nothing is used up yet: `use` does that, in the commit of what it is for.
   */
  check(account: AccountId | undefined, password: string, code: string): Promise<Checked | undefined>;
  /** Whose code it is, of accounts that share an address; their passwords are not looked at. */
  whose(accounts: readonly AccountId[], code: string): Promise<AccountId | undefined>;
  /** Takes a code's step or a recovery code away. @returns false when somebody else took it meanwhile. */
  use(connection: Queryable, account: AccountId, checked: Checked): Promise<boolean>;
  set(connection: Queryable, account: AccountId, person: PersonId, password: NewPassword): Promise<void>;
  /** Another password beside the same authenticator app. @returns whether there was one. */
  change(connection: Queryable, account: AccountId, hash: Buffer): Promise<boolean>;
  /** It was found in a leak: it must be changed before anything else. @returns whether that was not known before. */
  markLeaked(connection: Queryable, account: AccountId): Promise<boolean>;
  /** New ones in place of all others. @returns them, to be shown once. */
  renewCodes(connection: Queryable, account: AccountId): Promise<string[]>;
  remove(connection: Queryable, account: AccountId): Promise<void>;
}

interface Row {
  readonly hash: Buffer;
  readonly totp: Buffer;
  readonly totp_step: number;
}

export interface PasswordsOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly box: Box;
  readonly hasher: PasswordHasher;
  /** Keys the digests of recovery codes. */
  readonly codeKey: SecretKey;
  readonly operator: () => Promise<CustomerId>;
}

export function createPasswords({ database, clock, box, hasher, codeKey, operator }: PasswordsOptions): Passwords {
  const place = (what: 'hash' | 'totp', account: AccountId) => [`password-${what}`, account];

  async function second(account: AccountId, row: Row, code: string): Promise<Checked | undefined> {
    const step = totpStep(box.open(place('totp', account), row.totp), code, clock.now());
    if (step !== undefined) return step > row.totp_step ? { second: 'totp', step } : undefined;
    const digest = recoveryDigest(codeKey, account, code);
    const unused = await database.query(
      'select 1 from identity.recovery_code where customer_id = $1 and account_id = $2 and digest = $3 and used_at is null',
      [await operator(), account, digest],
    );
    return unused.length > 0 ? { second: 'recovery', digest } : undefined;
  }

  return {
    async info(account) {
      const [row] = await database.query<{ set_at: Date; leaked_at: Date | null; codes: number }>(
        `select p.set_at, p.leaked_at, (select count(*) from identity.recovery_code c where c.customer_id = p.customer_id
           and c.account_id = p.account_id and c.used_at is null) as codes
         from identity.password p where p.customer_id = $1 and p.account_id = $2`,
        [await operator(), account],
      );
      return row && { setAt: row.set_at, leakedAt: row.leaked_at ?? undefined, recoveryCodes: row.codes };
    },
    async check(account, password, code) {
      const [row] =
        account === undefined
          ? []
          : await database.query<Row>(
              'select hash, totp, totp_step from identity.password where customer_id = $1 and account_id = $2',
              [await operator(), account],
            );
      const hash = row && account !== undefined ? box.open(place('hash', account), row.hash) : undefined;
      if (!(await hasher.matches(password, hash)) || row === undefined || account === undefined) return undefined;
      return second(account, row, code);
    },
    async whose(accounts, code) {
      const rows = await database.query<Row & { account_id: AccountId }>(
        'select account_id, hash, totp, totp_step from identity.password where customer_id = $1 and account_id = any($2)',
        [await operator(), accounts],
      );
      const matching = await Promise.all(rows.map((row) => second(row.account_id, row, code)));
      return rows.find((_, position) => matching[position] !== undefined)?.account_id;
    },
    async use(connection, account, checked) {
      const customer = await operator();
      const rows =
        checked.second === 'totp'
          ? await connection.query(
              `update identity.password set totp_step = $3
               where customer_id = $1 and account_id = $2 and totp_step < $3 returning 1`,
              [customer, account, checked.step],
            )
          : await connection.query(
              `update identity.recovery_code set used_at = $4
               where customer_id = $1 and account_id = $2 and digest = $3 and used_at is null returning 1`,
              [customer, account, checked.digest, clock.now()],
            );
      return rows.length > 0;
    },
    async set(connection, account, person, { hash, totp, totpStep: step }) {
      await connection.query(
        `insert into identity.password (customer_id, account_id, person_id, hash, totp, totp_step, set_at)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (customer_id, account_id) do update
         set hash = excluded.hash, totp = excluded.totp, totp_step = excluded.totp_step, set_at = excluded.set_at,
           leaked_at = null`,
        [
          await operator(),
          account,
          person,
          box.seal(place('hash', account), hash),
          box.seal(place('totp', account), totp),
          step,
          clock.now(),
        ],
      );
    },
    async change(connection, account, hash) {
      const rows = await connection.query(
        `update identity.password set hash = $3, set_at = $4, leaked_at = null
         where customer_id = $1 and account_id = $2 returning 1`,
        [await operator(), account, box.seal(place('hash', account), hash), clock.now()],
      );
      return rows.length > 0;
    },
    async markLeaked(connection, account) {
      const rows = await connection.query(
        `update identity.password set leaked_at = $3
         where customer_id = $1 and account_id = $2 and leaked_at is null returning 1`,
        [await operator(), account, clock.now()],
      );
      return rows.length > 0;
    },
    async renewCodes(connection, account) {
      const customer = await operator();
      await connection.query('delete from identity.recovery_code where customer_id = $1 and account_id = $2', [
        customer,
        account,
      ]);
      const codes = newRecoveryCodes();
      for (const code of codes)
        await connection.query(
          'insert into identity.recovery_code (customer_id, account_id, digest) values ($1, $2, $3)',
          [customer, account, recoveryDigest(codeKey, account, code)],
        );
      return codes;
    },
    async remove(connection, account) {
      const customer = await operator();
      for (const table of ['password', 'recovery_code'])
        await connection.query(`delete from identity.${table} where customer_id = $1 and account_id = $2`, [
          customer,
          account,
        ]);
    },
  };
}
