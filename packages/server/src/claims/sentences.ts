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

/** All that people read of a sentence, and how it is measured. Whoever verifies the page makes the same of `page.json`. */
function wordsOf({ text, claims }: Sentence): string {
  return JSON.stringify([
    text.de,
    text.en,
    claims.map((claim) => {
      const { id, grade, predicate, limits } = claim;
      const measured = claim.grade === 'measured' ? claim : undefined;
      const missing = claim.grade === 'unknown' ? claim.missing : undefined;
      return [
        id,
        grade,
        predicate.de,
        predicate.en,
        limits.de,
        limits.en,
        missing?.de ?? null,
        missing?.en ?? null,
        (claim.grade === 'unknown' ? claim.byHand : undefined) ?? null,
        measured?.probe.id ?? null,
        measured?.probe.version ?? null,
        measured?.budgetMs ?? null,
        measured?.figures?.de ?? null,
        measured?.figures?.en ?? null,
      ];
    }),
  ]);
}

const digestOf = (sentence: Sentence) => hash('sha256', wordsOf(sentence), 'buffer');

interface Row {
  readonly sentence: string;
  readonly digest: Buffer;
  readonly withdrawn_at: Date | null;
  readonly idx: number;
  /** It stands in the log that has not ended. */
  readonly current: boolean;
}

/**
 * Compares what is promised now with what was promised before, and says what changed.
 * @returns how many changes, and where each sentence stands in the page log.
 */
export async function recordSentences(
  { database, journal, clock, operator }: SentenceLogOptions,
  practices: readonly Practice[],
): Promise<{ readonly changes: number; readonly entries: ReadonlyMap<string, number> }> {
  const customer = await operator();
  const rows = await database.query<Row>(
    `select s.sentence, s.digest, s.withdrawn_at, s.idx, l.generation = s.generation as current from claims.sentence s
     join journal.log l on l.customer_id = $1 and l.kind = 'page' and l.ended_at is null where s.customer_id = $1`,
    [customer],
  );
  const before = new Map(rows.map((row) => [row.sentence, row]));
  const now = new Map(practices.flatMap(({ sentences }) => sentences.map((one) => [one.id, digestOf(one)] as const)));
  const entries = new Map(rows.map(({ sentence, idx }) => [sentence, idx]));
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
      `insert into claims.sentence (customer_id, sentence, digest, since, withdrawn_at, idx, generation)
       values ($1, $2, $3, $4, $5, $6, (select generation from journal.log where customer_id = $1 and kind = 'page' and ended_at is null))
       on conflict (customer_id, sentence) do update
       set digest = excluded.digest, since = excluded.since, withdrawn_at = excluded.withdrawn_at, idx = excluded.idx,
         generation = excluded.generation`,
      [customer, sentence, digest, at, change === 'withdrawn' ? at : null, appended.position.index],
    );
    entries.set(sentence, appended.position.index);
    changes += 1;
  }

  for (const [sentence, digest] of now) {
    const old = before.get(sentence);
    if (old === undefined || old.withdrawn_at !== null || !old.current) await say(sentence, 'published', digest);
    else if (!old.digest.equals(digest)) await say(sentence, 'changed', digest);
  }
  for (const old of rows)
    if (!now.has(old.sentence) && old.withdrawn_at === null) await say(old.sentence, 'withdrawn', old.digest);
  return { changes, entries };
}
