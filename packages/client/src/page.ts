/**
 * A security page against its log: what the page shows is compared with what the log says, and computed anew. For the
 * command line and for the visitor's browser; nothing of it trusts the server.
 */
import {
  decodeBase64,
  encodeBase64,
  parseCheckpoint,
  sha256,
  type TreeHead,
  type VerifiedTlogProof,
  type VerifierKey,
  verifyTlogProof,
} from '@obhut/proof';
import { type ExtendedHead, showSameLog } from './same-log.ts';

interface Text {
  readonly de: string;
  readonly en: string;
}

type PageVerdict = 'holds' | 'fails' | 'unknown';

/** A claim as `page.json` has it, as far as it is looked at. */
export interface PageClaim {
  readonly id: string;
  readonly grade: string;
  readonly verdict: string;
  readonly predicate: Text;
  readonly limits: Text;
  /** What was counted, with the names of counts in braces. */
  readonly figures: Text | null;
  readonly missing: Text | null;
  readonly byHand: string | null;
  readonly probe: { readonly id: string; readonly version: number; readonly budgetMs: number } | null;
  readonly proof: {
    readonly index: number;
    readonly verdict: string;
    readonly probe: string;
    readonly version: number;
    readonly observedAt: string;
    /** Absent where they are not shown: then they are not compared. */
    readonly counts?: Readonly<Record<string, number | string>>;
  } | null;
  /** Where nobody measures and somebody vouches. */
  readonly attestation: {
    readonly index: number;
    readonly grade: string;
    readonly by: string;
    readonly text: Text;
    readonly document: string | null;
    readonly until: string;
  } | null;
}

export interface PageSentence {
  readonly id: string;
  readonly text: Text;
  readonly verdict: string;
  /** Where the words of the sentence and of its claims stand in the log. */
  readonly index: number;
  readonly claims: readonly PageClaim[];
}

/** `page.json`. */
export interface SecurityPage {
  readonly at: string;
  readonly practices: readonly {
    readonly id: string;
    readonly verdict: string;
    readonly sentences: readonly PageSentence[];
  }[];
}

/** The page says other than its log. `what`: the part, by its name in `page.json`. */
export class PageDiffers extends Error {
  override readonly name = 'PageDiffers';
  readonly code = 'page_differs';
  readonly what: string;
  constructor(what: string) {
    super(`the page says other than its log: ${what}`);
    this.what = what;
  }
}

function same(what: string, shown: unknown, logged: unknown): void {
  if (shown !== logged) throw new PageDiffers(what);
}

/** What the digest in the entry of a sentence is over: all the words that people read, and how they are measured. */
export function sentenceWords({ text, claims }: Pick<PageSentence, 'text' | 'claims'>): string {
  return JSON.stringify([
    text.de,
    text.en,
    claims.map(({ id, grade, predicate, limits, figures, missing, byHand, probe }) => [
      id,
      grade,
      predicate.de,
      predicate.en,
      limits.de,
      limits.en,
      missing?.de ?? null,
      missing?.en ?? null,
      byHand,
      probe?.id ?? null,
      probe?.version ?? null,
      probe?.budgetMs ?? null,
      figures?.de ?? null,
      figures?.en ?? null,
    ]),
  ]);
}

const digestOf = (text: string): Uint8Array => sha256(new TextEncoder().encode(text));
const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

const locales = { de: 'de-DE', en: 'en-GB' } as const;

const timeOf = (minutes: number) =>
  minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;

/**
 * What a claim's figures read like, by the counts of its entry. @param entry the content of a verified entry.
 * @returns the empty text where there is nothing to read.
 */
export function figuresText({ figures }: PageClaim, entry: Uint8Array, language: 'de' | 'en'): string {
  const { refs = {} } = JSON.parse(new TextDecoder().decode(entry)) as LogEntry;
  if (figures === null || refs.verdict === 'unknown') return '';
  let isWhole = true;
  const text = figures[language].replace(/\{(\w+)(:time)?\}/g, (_, name: string, time?: string) => {
    const count = refs[`count_${name}`];
    if (typeof count !== 'number') isWhole = false;
    return time === undefined ? Number(count).toLocaleString(locales[language]) : timeOf(Number(count));
  });
  return isWhole ? text : '';
}

interface LogEntry {
  readonly kind?: string;
  readonly refs?: Readonly<Record<string, string | number>>;
}

/** Where the log says something of a claim; `undefined`: nothing is claimed that it could say. */
export function entryOfClaim({ proof, attestation, verdict }: PageClaim): number | undefined {
  if (proof !== null) return proof.index;
  return attestation === null || verdict === 'unknown' ? undefined : attestation.index;
}

/** What a claim is worth at a moment, computed from what the log says of it. */
function verdictAt({ proof, probe, attestation }: PageClaim, now: Date): PageVerdict {
  if (proof !== null) {
    const ageMs = now.getTime() - new Date(proof.observedAt).getTime();
    // Older than its budget it says nothing any more.
    return probe === null || !(ageMs <= probe.budgetMs) ? 'unknown' : (proof.verdict as PageVerdict);
  }
  return attestation !== null && new Date(attestation.until) > now ? 'holds' : 'unknown';
}

const order: readonly PageVerdict[] = ['fails', 'unknown', 'holds'];
const worst = (verdicts: readonly string[]): string => order.find((one) => verdicts.includes(one)) ?? 'unknown';

/** Clocks differ, and a page is a moment old when it is read. */
const slackMs = 2 * 60_000;

function needsVerdict(claim: PageClaim, now: Date): void {
  const early = verdictAt(claim, new Date(now.getTime() - slackMs));
  if (claim.verdict !== early && claim.verdict !== verdictAt(claim, now)) throw new PageDiffers('verdict');
}

/** The worst of the claims is the sentence, and the worst of the sentences the practice. @throws PageDiffers */
export function needsSums({ practices }: SecurityPage): void {
  for (const { id, verdict, sentences } of practices) {
    for (const sentence of sentences)
      same(`${sentence.id}: verdict`, sentence.verdict, worst(sentence.claims.map((one) => one.verdict)));
    same(`${id}: verdict`, verdict, worst(sentences.map((one) => one.verdict)));
  }
}

async function proven(file: string, index: number, keys: readonly VerifierKey[]) {
  const verified = await verifyTlogProof({ file: new TextEncoder().encode(file), keys });
  same('index', BigInt(index), verified.index);
  return { verified, entry: JSON.parse(new TextDecoder().decode(verified.entry)) as LogEntry };
}

/**
 * The proof of a claim holds, its entry says what the page shows, and from both follows what the page concludes.
 * @param now when the page was read: what was measured too long ago is unknown.
 * @throws ProofError, PageDiffers
 */
export async function verifyPageClaim(
  claim: PageClaim,
  file: string,
  keys: readonly VerifierKey[],
  now: Date,
): Promise<VerifiedTlogProof> {
  const index = entryOfClaim(claim);
  if (index === undefined) throw new PageDiffers('index');
  const { verified, entry } = await proven(file, index, keys);
  const { kind, refs = {} } = entry;
  same('claim', claim.id, refs.claim);
  if (claim.proof !== null) {
    const { verdict, probe, version, observedAt, counts } = claim.proof;
    same('kind', 'claim.proof', kind);
    same('verdict', verdict, refs.verdict);
    same('probe', `${probe} ${version}`, `${refs.probe} ${refs.version}`);
    same('observedAt', observedAt, refs.observed);
    if (counts !== undefined) {
      const logged = Object.keys(refs).filter((name) => name.startsWith('count_'));
      same('counts', Object.keys(counts).length, logged.length);
      for (const [name, value] of Object.entries(counts)) same(`counts.${name}`, value, refs[`count_${name}`]);
    }
  } else if (claim.attestation !== null) {
    const { grade, by, text, document, until } = claim.attestation;
    same('kind', 'claim.attest', kind);
    same('grade', grade, refs.verdict);
    const words = JSON.stringify([claim.id, grade, by, text.de, text.en, document, until]);
    same('attestation', hex(digestOf(words)), refs.digest);
  }
  needsVerdict(claim, now);
  return verified;
}

/** The words of a sentence, and of the claims in it, are those that the log knows. @throws ProofError, PageDiffers */
export async function verifyPageSentence(
  sentence: PageSentence,
  file: string,
  keys: readonly VerifierKey[],
): Promise<VerifiedTlogProof> {
  const { verified, entry } = await proven(file, sentence.index, keys);
  const { kind, refs = {} } = entry;
  same('kind', 'claim.sentence', kind);
  same('sentence', sentence.id, refs.sentence);
  if (refs.change === 'withdrawn') throw new PageDiffers('withdrawn');
  same('words', encodeBase64(digestOf(sentenceWords(sentence))), refs.digest);
  return verified;
}

/**
 * That all these heads of the page log are of one log, which its newest checkpoint extends: a server that keeps two logs
 * under one key can sign each proof, but cannot make them one.
 * @param load the text behind a path of the page's server.
 * @throws ProofError `log_shrunk`, `log_forked`, `log_inconsistent`
 */
export function showSamePageLog(
  load: (path: string) => Promise<string>,
  key: VerifierKey,
  heads: readonly TreeHead[],
): Promise<ExtendedHead> {
  return showSameLog(
    {
      checkpoint: () => load('/log/page/checkpoint'),
      async consistency(from) {
        const answer = JSON.parse(await load(`/log/page/consistency?from=${from}`)) as {
          checkpoint: string;
          proof: string[];
        };
        const { size } = parseCheckpoint(new TextEncoder().encode(answer.checkpoint));
        for (const hash of answer.proof) decodeBase64(hash, 'consistency proof');
        return { from: Number(from), size: Number(size), ...answer };
      },
    },
    key,
    heads,
  );
}
