/**
 * Passkeys (WebAuthn Level 3). One counts as two factors only because the authenticator verified the person: the flag is
 * checked here, on the server, at enrolment and at every use. What a browser says of itself is believed nowhere.
 */
import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import type { Database, Queryable } from '../../platform/database/database.ts';
import { type AccountId, type CustomerId, type FactorId, newId, type PersonId } from '../../platform/ids/ids.ts';

/** What the browser stands on: its origin, and the domain that passkeys are bound to. */
export interface Ground {
  readonly origin: string;
  readonly domain: string;
}

export interface Passkey {
  readonly id: FactorId;
  readonly account: AccountId;
  readonly credential: string;
  readonly publicKey: string;
  readonly counter: number;
  readonly transports: readonly string[];
  readonly aaguid: string;
  readonly backedUp: boolean;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | undefined;
}

/** A passkey that was proven to be there, not stored yet. */
export type NewPasskey = Omit<Passkey, 'account' | 'createdAt' | 'lastUsedAt'>;

/** EdDSA, ES256, RS256: what authenticators have today. */
const algorithms = [-8, -7, -257];

export interface Enrolee {
  readonly account: AccountId;
  /** Shown by the authenticator; not sent to anybody else. */
  readonly name: string;
  readonly displayName: string;
}

export function enrolmentOptions(
  { domain }: Ground,
  operatorName: string,
  enrolee: Enrolee,
  challenge: string,
  existing: readonly Passkey[],
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  return generateRegistrationOptions({
    rpName: operatorName,
    rpID: domain,
    userName: enrolee.name,
    userDisplayName: enrolee.displayName,
    userID: Uint8Array.from(Buffer.from(enrolee.account.replaceAll('-', ''), 'hex')),
    challenge: Uint8Array.from(Buffer.from(challenge, 'base64url')),
    attestationType: 'none',
    excludeCredentials: existing.map(({ credential }) => ({ id: credential })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    supportedAlgorithmIDs: algorithms,
  });
}

/** @returns `undefined` when the answer does not prove a new passkey with user verification over this challenge. */
export async function verifyEnrolment(
  ground: Ground,
  challenge: string,
  response: RegistrationResponseJSON,
): Promise<NewPasskey | undefined> {
  try {
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: ground.origin,
      expectedRPID: ground.domain,
      requireUserVerification: true,
      supportedAlgorithmIDs: algorithms,
    });
    if (!verified || !registrationInfo.userVerified) return undefined;
    const { credential, aaguid, credentialBackedUp } = registrationInfo;
    return {
      id: newId<FactorId>(),
      credential: credential.id,
      publicKey: Buffer.from(credential.publicKey).toString('base64url'),
      counter: credential.counter,
      transports: credential.transports ?? [],
      aaguid,
      backedUp: credentialBackedUp,
    };
  } catch {
    // The library throws on whatever is wrong; the caller is told nothing of it.
    return undefined;
  }
}

/** With no accounts named: the authenticator offers what it has (discoverable credentials). */
export function assertionOptions(
  { domain }: Ground,
  challenge: string,
  allowed?: readonly Passkey[],
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  return generateAuthenticationOptions({
    rpID: domain,
    challenge: Uint8Array.from(Buffer.from(challenge, 'base64url')),
    userVerification: 'required',
    ...(allowed && {
      allowCredentials: allowed.map(({ credential, transports }) => ({ id: credential, transports: [...transports] })),
    }),
  });
}

/** What a verified assertion says. */
export interface Assertion {
  readonly counter: number;
  readonly backedUp: boolean;
}

/** @returns `undefined` unless this passkey signed this challenge at this origin, and verified its person. */
export async function verifyAssertion(
  ground: Ground,
  challenge: string,
  passkey: Pick<Passkey, 'credential' | 'publicKey' | 'counter'>,
  response: AuthenticationResponseJSON,
): Promise<Assertion | undefined> {
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: ground.origin,
      expectedRPID: ground.domain,
      requireUserVerification: true,
      credential: {
        id: passkey.credential,
        publicKey: Uint8Array.from(Buffer.from(passkey.publicKey, 'base64url')),
        counter: passkey.counter,
      },
    });
    if (!verified || !authenticationInfo.userVerified) return undefined;
    return { counter: authenticationInfo.newCounter, backedUp: authenticationInfo.credentialBackedUp };
  } catch {
    return undefined;
  }
}

export interface PasskeyStore {
  of(account: AccountId): Promise<readonly Passkey[]>;
  byCredential(credential: string): Promise<Passkey | undefined>;
  insert(connection: Queryable, account: AccountId, person: PersonId, passkey: NewPasskey, at: Date): Promise<void>;
  used(connection: Queryable, passkey: FactorId, assertion: Assertion, at: Date): Promise<void>;
  /** @returns whether it was there. */
  remove(connection: Queryable, account: AccountId, passkey: FactorId): Promise<boolean>;
}

interface Row {
  readonly passkey_id: FactorId;
  readonly account_id: AccountId;
  readonly credential: string;
  readonly public_key: string;
  readonly counter: number;
  readonly transports: string[];
  readonly aaguid: string;
  readonly backed_up: boolean;
  readonly created_at: Date;
  readonly last_used_at: Date | null;
}

const asPasskey = (row: Row): Passkey => ({
  id: row.passkey_id,
  account: row.account_id,
  credential: row.credential,
  publicKey: row.public_key,
  counter: row.counter,
  transports: row.transports,
  aaguid: row.aaguid,
  backedUp: row.backed_up,
  createdAt: row.created_at,
  lastUsedAt: row.last_used_at ?? undefined,
});

export function createPasskeyStore(database: Database, operator: () => Promise<CustomerId>): PasskeyStore {
  return {
    async of(account) {
      const rows = await database.query<Row>(
        'select * from identity.passkey where customer_id = $1 and account_id = $2 order by created_at',
        [await operator(), account],
      );
      return rows.map(asPasskey);
    },
    async byCredential(credential) {
      const [row] = await database.query<Row>(
        'select * from identity.passkey where customer_id = $1 and credential = $2',
        [await operator(), credential],
      );
      return row && asPasskey(row);
    },
    async insert(connection, account, person, passkey, at) {
      await connection.query(
        `insert into identity.passkey (customer_id, passkey_id, account_id, person_id, credential, public_key, counter,
           transports, aaguid, backed_up, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
        [
          await operator(),
          passkey.id,
          account,
          person,
          passkey.credential,
          passkey.publicKey,
          passkey.counter,
          passkey.transports,
          passkey.aaguid,
          passkey.backedUp,
          at,
        ],
      );
    },
    async used(connection, passkey, { counter, backedUp }, at) {
      await connection.query(
        `update identity.passkey set counter = greatest(counter, $3), backed_up = $4, last_used_at = $5
         where customer_id = $1 and passkey_id = $2`,
        [await operator(), passkey, counter, backedUp, at],
      );
    },
    async remove(connection, account, passkey) {
      const rows = await connection.query(
        'delete from identity.passkey where customer_id = $1 and account_id = $2 and passkey_id = $3 returning 1',
        [await operator(), account, passkey],
      );
      return rows.length > 0;
    },
  };
}
