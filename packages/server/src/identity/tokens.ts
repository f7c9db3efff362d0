/** Services call with tokens of their own: shown once, stored hashed, scoped, expiring, revocable at once. */
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Actor } from '../journal/entry.ts';
import type { Clock } from '../platform/clock/clock.ts';
import type { Database, Queryable } from '../platform/database/database.ts';
import { type AccountId, asId, type CustomerId, newId, type TokenId } from '../platform/ids/ids.ts';

/** What a token may be allowed to do. `*` is only for the operator's own first token. */
export const actions = [
  'customers:create',
  'customers:read',
  'collections:read',
  'collections:write',
  'people:create',
  'people:read',
  'records:read',
  'records:write',
  'records:delete',
  'records:find',
  'files:read',
  'files:write',
  'files:delete',
  'import',
  'export',
  'journal:read',
  'erasures:read',
  'erasures:order',
  'erasures:confirm',
  'tokens:manage',
] as const;
export type Action = (typeof actions)[number];

/** Actions whose answers hold personal data. */
const releasing: readonly Action[] = ['records:read', 'records:find', 'files:read', 'export'];
export const isReleasing = (wanted: Action): boolean => releasing.includes(wanted);

/** Who calls. */
export interface Caller {
  readonly token: TokenId;
  /** The same, as it stands in entries. */
  readonly actor: Actor;
  readonly name: string;
  /** `undefined`: every customer. */
  readonly customer: CustomerId | undefined;
  readonly actions: ReadonlySet<Action>;
  readonly requestsPerSecond: number;
}

export interface NewToken {
  readonly name: string;
  readonly customer: CustomerId | undefined;
  readonly actions: readonly Action[];
  readonly requestsPerSecond: number;
  readonly expiresAt: Date;
  /** Somebody who signed in; `undefined`: the machine, or a service that hands on what it has itself. */
  readonly madeBy: AccountId | undefined;
}

/** One that somebody made for reading personal data is dead until somebody else has confirmed it. */
export const needsConfirmation = ({ actions: wanted, madeBy }: Pick<NewToken, 'actions' | 'madeBy'>): boolean =>
  madeBy !== undefined && wanted.some(isReleasing);

/** What may be shown of a token after it was made. */
export interface TokenInfo extends NewToken {
  readonly id: TokenId;
  readonly createdAt: Date;
  /** `undefined`: it waits, and is dead. */
  readonly confirmedAt: Date | undefined;
  readonly revokedAt: Date | undefined;
}

export interface Tokens {
  /** @returns the token's text, which is stored nowhere and shown once. */
  create(connection: Queryable, token: NewToken): Promise<{ readonly id: TokenId; readonly text: string }>;
  /** `undefined` for a wrong, unknown, expired or revoked token: the caller is told no difference. */
  check(text: string): Caller | undefined | Promise<Caller | undefined>;
  /** @returns the token, or `undefined` when it does not wait (any more). */
  confirm(connection: Queryable, id: TokenId, by: AccountId): Promise<TokenInfo | undefined>;
  revoke(connection: Queryable, id: TokenId): Promise<TokenInfo | undefined>;
  find(id: TokenId): Promise<TokenInfo | undefined>;
  list(): Promise<readonly TokenInfo[]>;
}

const shape = /^obhut_([0-9a-f]{32})_([A-Za-z0-9_-]{43})$/;
/** A revoked token dies at once on the server that revoked it, and after this on every other one. */
const recheckMs = 1_000;

interface TokenRow {
  readonly token_id: TokenId;
  readonly secret_digest: Buffer;
  readonly name: string;
  readonly customer_id: CustomerId | null;
  readonly actions: Action[];
  readonly requests_per_second: number;
  readonly created_at: Date;
  readonly expires_at: Date;
  readonly made_by: AccountId | null;
  readonly confirmed_at: Date | null;
  readonly revoked_at: Date | null;
}

interface Known {
  readonly digest: Buffer;
  readonly caller: Caller;
  readonly expiresAt: number;
  readonly since: number;
}

/** The secret has 256 random bits, so one hash is enough; a slow one would only help against guessing. */
const digestOf = (secret: string) => hash('sha256', secret, 'buffer');

function undashed(id: TokenId): string {
  return id.replaceAll('-', '');
}

function dashed(hex: string): TokenId {
  return asId(`${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`);
}

const infoOf = (row: TokenRow): TokenInfo => ({
  id: row.token_id,
  name: row.name,
  customer: row.customer_id ?? undefined,
  actions: row.actions,
  requestsPerSecond: row.requests_per_second,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  madeBy: row.made_by ?? undefined,
  confirmedAt: row.confirmed_at ?? undefined,
  revokedAt: row.revoked_at ?? undefined,
});

export function createTokens(database: Database, clock: Clock): Tokens {
  const known = new Map<TokenId, Known>();

  async function read(id: TokenId): Promise<TokenRow | undefined> {
    const [row] = await database.query<TokenRow>('select * from identity.token where token_id = $1', [id], 'token');
    return row;
  }

  async function reread(id: TokenId): Promise<Known | undefined> {
    const row = await read(id);
    if (row === undefined || row.revoked_at !== null || row.confirmed_at === null) {
      known.delete(id);
      return undefined;
    }
    const fresh: Known = {
      digest: row.secret_digest,
      expiresAt: row.expires_at.getTime(),
      since: clock.monotonicMs(),
      caller: {
        token: row.token_id,
        actor: { kind: 'service', id: row.token_id },
        name: row.name,
        customer: row.customer_id ?? undefined,
        actions: new Set(row.actions),
        requestsPerSecond: row.requests_per_second,
      },
    };
    known.set(id, fresh);
    return fresh;
  }

  function admitted(token: Known | undefined, secret: string): Caller | undefined {
    if (token === undefined || !timingSafeEqual(token.digest, digestOf(secret))) return undefined;
    return clock.now().getTime() < token.expiresAt ? token.caller : undefined;
  }

  return {
    async create(connection, token) {
      const id = newId<TokenId>();
      const secret = randomBytes(32).toString('base64url');
      await connection.query(
        `insert into identity.token
           (token_id, secret_digest, name, customer_id, actions, requests_per_second, created_at, expires_at,
            made_by, confirmed_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
        [
          id,
          digestOf(secret),
          token.name,
          token.customer ?? null,
          token.actions,
          token.requestsPerSecond,
          clock.now(),
          token.expiresAt,
          token.madeBy ?? null,
          needsConfirmation(token) ? null : clock.now(),
        ],
      );
      return { id, text: `obhut_${undashed(id)}_${secret}` };
    },
    check(text) {
      const [, hex, secret] = shape.exec(text) ?? [];
      if (hex === undefined || secret === undefined) return undefined;
      const id = dashed(hex);
      const cached = known.get(id);
      if (cached !== undefined && clock.monotonicMs() - cached.since < recheckMs) return admitted(cached, secret);
      return reread(id).then((token) => admitted(token, secret));
    },
    async confirm(connection, id, by) {
      const [row] = await connection.query<TokenRow>(
        `update identity.token set confirmed_at = $2, confirmed_by = $3
         where token_id = $1 and confirmed_at is null and revoked_at is null and made_by <> $3 returning *`,
        [id, clock.now(), by],
      );
      return row && infoOf(row);
    },
    async revoke(connection, id) {
      const [row] = await connection.query<TokenRow>(
        'update identity.token set revoked_at = coalesce(revoked_at, $2) where token_id = $1 returning *',
        [id, clock.now()],
      );
      known.delete(id);
      return row && infoOf(row);
    },
    async find(id) {
      const row = await read(id);
      return row && infoOf(row);
    },
    async list() {
      const rows = await database.query<TokenRow>('select * from identity.token order by created_at');
      return rows.map(infoOf);
    },
  };
}
