/** Tells the team when a claim turns: what held and holds no longer, what failed and is mended. */
import type { Clock } from '../platform/clock/clock.ts';
import type { Database, Queryable } from '../platform/database/database.ts';
import type { AccountId, CustomerId } from '../platform/ids/ids.ts';
import type { Verdict } from './probe.ts';
import { type Evidence, stateOfClaim } from './state.ts';
import type { Practice } from './vocabulary.ts';

export interface ClaimMessage {
  readonly template: 'claim_changed';
  readonly accounts: readonly AccountId[];
  readonly refs: { readonly claim: string; readonly from: Verdict; readonly to: Verdict };
}

export interface WatchOptions {
  readonly practices: readonly Practice[];
  readonly database: Database;
  readonly clock: Clock;
  readonly operator: () => Promise<CustomerId>;
  readonly evidence: () => Promise<Evidence>;
  /** Who is to know. */
  readonly team: () => Promise<readonly AccountId[]>;
  readonly tell: (connection: Queryable, messages: readonly ClaimMessage[]) => Promise<void>;
}

/** That something is known for the first time is no news for the night. */
const isNews = (from: Verdict, to: Verdict) => from !== 'unknown' || to === 'fails';

/** Compares with what was last told. @returns how many claims turned. */
export async function tellChanges(options: WatchOptions): Promise<number> {
  const { practices, database, clock, operator, evidence, team, tell } = options;
  const customer = await operator();
  const now = clock.now();
  const known = await evidence();
  const rows = await database.query<{ claim: string; verdict: Verdict }>(
    'select claim, verdict from claims.state where customer_id = $1',
    [customer],
    'claims-states',
  );
  const before = new Map(rows.map(({ claim, verdict }) => [claim, verdict]));
  const changed = practices
    .flatMap(({ sentences }) => sentences.flatMap(({ claims }) => claims))
    .map((claim) => ({
      claim: claim.id,
      from: before.get(claim.id) ?? 'unknown',
      to: stateOfClaim(claim, known, now).verdict,
    }))
    .filter(({ from, to }) => from !== to);
  let turned = 0;
  for (const refs of changed)
    await database.transaction(async (connection) => {
      // Another server may have looked at the same moment: the one that writes it down tells it.
      const written = await connection.query(
        `insert into claims.state as s (customer_id, claim, verdict, since) values ($1, $2, $3, $4)
         on conflict (customer_id, claim) do update set verdict = excluded.verdict, since = excluded.since
         where s.verdict <> excluded.verdict returning 1`,
        [customer, refs.claim, refs.to, now],
      );
      if (written.length === 0) return;
      turned += 1;
      if (isNews(refs.from, refs.to))
        // That one fails, and that it does no longer, the team learns from its alarm; webhooks hear of every turn.
        await tell(connection, [
          {
            template: 'claim_changed',
            accounts: refs.to === 'fails' || refs.from === 'fails' ? [] : await team(),
            refs,
          },
        ]);
    });
  return turned;
}

/** What does not hold, as it was last told, the oldest first. */
export async function failingClaims({
  database,
  operator,
}: Pick<WatchOptions, 'database' | 'operator'>): Promise<readonly { readonly claim: string; readonly since: Date }[]> {
  return database.query(
    "select claim, since from claims.state where customer_id = $1 and verdict = 'fails' order by since",
    [await operator()],
    'claims-failing',
  );
}
