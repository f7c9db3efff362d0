/** One-time links: the first owner's, an invitation, a reset. The secret is in the fragment, so no server log ever sees it. */
import { hash, randomBytes } from 'node:crypto';
import type { Clock } from '../../platform/clock/clock.ts';
import type { Database, Queryable } from '../../platform/database/database.ts';
import { type AccountId, type CustomerId, type LinkId, newId } from '../../platform/ids/ids.ts';
import type { Box } from '../../platform/secrets/box.ts';

export type LinkKind = 'first-owner' | 'invitation' | 'reset';

export interface Link {
  readonly id: LinkId;
  readonly kind: LinkKind;
  /** `undefined`: the first owner, who has none yet. */
  readonly account: AccountId | undefined;
  readonly expiresAt: Date;
}

export interface Links {
  /** Makes a link; an older one of the same account (or for the first owner) is void from now on. */
  make(connection: Queryable, kind: LinkKind, account: AccountId | undefined): Promise<{ id: LinkId; secret: string }>;
  /** A living link, or `undefined`: wrong, used and expired are not told apart. */
  find(secret: string): Promise<Link | undefined>;
  /** Uses it up. @returns whether it was still there to be used. */
  use(connection: Queryable, link: LinkId): Promise<boolean>;
  /** Makes all links of an account void. */
  revoke(connection: Queryable, account: AccountId): Promise<void>;
  /** Keeps a TOTP secret until the link is used. */
  keepTotp(link: LinkId, secret: Uint8Array): Promise<void>;
  totpOf(link: LinkId): Promise<Buffer | undefined>;
}

/** C5:2026 IAM-09: a link to set a password lives for at most 24 hours. */
const lifeMs = 24 * 3_600_000;
const secretShape = /^[A-Za-z0-9_-]{43}$/;
const digestOf = (secret: string) => hash('sha256', secret, 'buffer');

interface Row {
  readonly link_id: LinkId;
  readonly kind: LinkKind;
  readonly account_id: AccountId | null;
  readonly expires_at: Date;
}

export interface LinksOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly box: Box;
  readonly operator: () => Promise<CustomerId>;
}

export function createLinks({ database, clock, box, operator }: LinksOptions): Links {
  const placeOf = (link: LinkId) => ['link-totp', link];
  return {
    async make(connection, kind, account) {
      const customer = await operator();
      const now = clock.now();
      await connection.query(
        `update identity.link set used_at = $3
         where customer_id = $1 and used_at is null and account_id is not distinct from $2::uuid`,
        [customer, account ?? null, now],
      );
      const id = newId<LinkId>();
      const secret = randomBytes(32).toString('base64url');
      await connection.query(
        `insert into identity.link (customer_id, link_id, account_id, kind, digest, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7)`,
        [customer, id, account ?? null, kind, digestOf(secret), now, new Date(now.getTime() + lifeMs)],
      );
      return { id, secret };
    },
    async find(secret) {
      if (!secretShape.test(secret)) return undefined;
      const [row] = await database.query<Row>(
        `select link_id, kind, account_id, expires_at from identity.link
         where customer_id = $1 and digest = $2 and used_at is null and expires_at > $3`,
        [await operator(), digestOf(secret), clock.now()],
      );
      return (
        row && { id: row.link_id, kind: row.kind, account: row.account_id ?? undefined, expiresAt: row.expires_at }
      );
    },
    async use(connection, link) {
      const rows = await connection.query(
        `update identity.link set used_at = $3, totp = null
         where customer_id = $1 and link_id = $2 and used_at is null and expires_at > $3 returning 1`,
        [await operator(), link, clock.now()],
      );
      return rows.length > 0;
    },
    async revoke(connection, account) {
      await connection.query(
        'update identity.link set used_at = $3, totp = null where customer_id = $1 and account_id = $2 and used_at is null',
        [await operator(), account, clock.now()],
      );
    },
    async keepTotp(link, secret) {
      await database.query('update identity.link set totp = $3 where customer_id = $1 and link_id = $2', [
        await operator(),
        link,
        box.seal(placeOf(link), secret),
      ]);
    },
    async totpOf(link) {
      const [row] = await database.query<{ totp: Buffer | null }>(
        'select totp from identity.link where customer_id = $1 and link_id = $2',
        [await operator(), link],
      );
      return row?.totp == null ? undefined : box.open(placeOf(link), row.totp);
    },
  };
}
