/** A sentence that appears, changes or is withdrawn is an entry in the public log: nothing disappears. */
import { hash } from 'node:crypto';
import type { Journal } from '../journal/journal.ts';
import type { Clock } from '../platform/clock/clock.ts';
import type { Database } from '../platform/database/database.ts';
import type { CustomerId } from '../platform/ids/ids.ts';
import type { Practice, Sentence } from './vocabulary.ts';

export interface SentenceLogOptions {
  readonly database: Database;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly operator: () => Promise<CustomerId>;
}

/** Over its words and the claims in it. */
const digestOf = ({ text, claims }: Sentence) =>
  hash('sha256', JSON.stringify([text.de, text.en, claims.map(({ id, grade }) => [id, grade])]), 'buffer');

interface Row {
  readonly sentence: string;
  readonly digest: Buffer;
  readonly withdrawn_at: Date | null;
}

/** Compares what is promised now with what was promised before, and says what changed. @returns how many changes. */
export async function recordSentences(
  { database, journal, clock, operator }: SentenceLogOptions,
  practices: readonly Practice[],
): Promise<number> {
  const customer = await operator();
  const rows = await database.query<Row>(
    'select sentence, digest, withdrawn_at from claims.sentence where customer_id = $1',
    [customer],
  );
  const before = new Map(rows.map((row) => [row.sentence, row]));
  const now = new Map(practices.flatMap(({ sentences }) => sentences.map((one) => [one.id, digestOf(one)] as const)));
  let changes = 0;

  async function say(sentence: string, change: 'published' | 'changed' | 'withdrawn', digest: Buffer): Promise<void> {
    const at = clock.now();
    const appended = await journal.append({
      customer,
      log: 'page',
      entry: {
        kind: 'claim.sentence',
        at,
        actor: { kind: 'system', id: 'obhut' },
        outcome: 'done',
        refs: { sentence, change, digest: digest.toString('base64') },
      },
    });
    if (appended.state !== 'appended') throw new Error('the page log takes no entry');
    await database.query(
      `insert into claims.sentence (customer_id, sentence, digest, since, withdrawn_at, idx) values ($1, $2, $3, $4, $5, $6)
       on conflict (customer_id, sentence) do update
       set digest = excluded.digest, since = excluded.since, withdrawn_at = excluded.withdrawn_at, idx = excluded.idx`,
      [customer, sentence, digest, at, change === 'withdrawn' ? at : null, appended.position.index],
    );
    changes += 1;
  }

  for (const [sentence, digest] of now) {
    const old = before.get(sentence);
    if (old === undefined || old.withdrawn_at !== null) await say(sentence, 'published', digest);
    else if (!old.digest.equals(digest)) await say(sentence, 'changed', digest);
  }
  for (const old of rows)
    if (!now.has(old.sentence) && old.withdrawn_at === null) await say(old.sentence, 'withdrawn', old.digest);
  return changes;
}
