/** Whether somebody signs in from a device and a network that they have used before. */
import { hash, randomBytes } from 'node:crypto';
import type { Clock } from '../../platform/clock/clock.ts';
import { keyedDigest, type SecretKey } from '../../platform/crypto/key.ts';
import type { Database, Queryable } from '../../platform/database/database.ts';
import type { AccountId, CustomerId, PersonId } from '../../platform/ids/ids.ts';
import { clientNetwork } from '../sessions/client-address.ts';

export interface Acquaintance {
  /** The device's token: its own, or a new one to hand to it. */
  readonly token: string;
  readonly newDevice: boolean;
  /** Never seen in this network; not said of the very first sign-in, where everything is new. */
  readonly newPlace: boolean;
  /** Remembers both; to be made in the commit of the sign-in. */
  readonly remember: (connection: Queryable, person: PersonId) => Promise<void>;
}

export interface Familiar {
  look(account: AccountId, deviceToken: string | undefined, address: string): Promise<Acquaintance>;
}

const tokenShape = /^[A-Za-z0-9_-]{43}$/;

export interface FamiliarOptions {
  readonly database: Database;
  readonly clock: Clock;
  /** Keys the digests of networks, which could be guessed. */
  readonly networkKey: SecretKey;
  readonly operator: () => Promise<CustomerId>;
}

export function createFamiliar({ database, clock, networkKey, operator }: FamiliarOptions): Familiar {
  return {
    async look(account, deviceToken, address) {
      const token =
        deviceToken !== undefined && tokenShape.test(deviceToken) ? deviceToken : randomBytes(32).toString('base64url');
      const device = hash('sha256', token, 'buffer');
      const network = keyedDigest(networkKey, 'network', account, clientNetwork(address));
      const known = await database.query<{ kind: 'device' | 'network'; digest: Buffer }>(
        'select kind, digest from identity.familiar where customer_id = $1 and account_id = $2',
        [await operator(), account],
      );
      const has = (kind: string, digest: Buffer) => known.some((one) => one.kind === kind && one.digest.equals(digest));
      return {
        token,
        newDevice: !has('device', device),
        newPlace: known.length > 0 && !has('network', network),
        async remember(connection, person) {
          for (const [kind, digest] of [
            ['device', device],
            ['network', network],
          ] as const)
            await connection.query(
              `insert into identity.familiar (customer_id, account_id, person_id, kind, digest, first_at, last_at)
               values ($1, $2, $3, $4, $5, $6, $6)
               on conflict (customer_id, account_id, kind, digest) do update set last_at = excluded.last_at`,
              [await operator(), account, person, kind, digest, clock.now()],
            );
        },
      };
    },
  };
}
