/** Verifies a whole security page: from its address, or from what was saved of it, without any help of the server. */
import { readFileSync, writeFileSync } from 'node:fs';
import {
  entryOfClaim,
  type KnownLogs,
  needsSums,
  type PageClaim,
  PageDiffers,
  type PageSentence,
  type SecurityPage,
  showSamePageLog,
  verifiedHead,
  verifyPageClaim,
  verifyPageSentence,
} from '@obhut/client';
import {
  formatVerifierKey,
  ProofError,
  VerificationError,
  type VerifiedTlogProof,
  type VerifierKey,
} from '@obhut/proof';
import { type ExitCode, exitCodes, Failure } from '../exit.ts';
import { printJson } from '../print.ts';
import { failureText } from '../proof-words.ts';
import type { Terminal } from '../terminal.ts';
import { plain } from '../words.ts';

/** What is needed to verify a page later, without a network. */
export interface PageBundle {
  readonly format: 'obhut-page-2';
  /** When it was read: what had been measured too long before that is unknown. */
  readonly readAt: string;
  readonly page: SecurityPage;
  /** Proof files, by the index of their entry. */
  readonly proofs: Readonly<Record<string, string>>;
}

const mostBytes = 20_000_000;
/** A checkpoint comes every second; what was measured just now waits for the next one. */
const patienceMs = 10_000;

async function load(url: URL): Promise<string> {
  const until = Date.now() + patienceMs;
  for (;;) {
    const answer = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(20_000) }).catch(() => undefined);
    if (answer?.status === 503 && Date.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 500));
      continue;
    }
    if (answer === undefined || !answer.ok)
      throw new Failure(exitCodes.unreachable, 'page_unreachable', {
        de: `${url.href} antwortet nicht (${answer?.status ?? 'keine Verbindung'}).`,
        en: `${url.href} does not answer (${answer?.status ?? 'no connection'}).`,
      });
    const text = await answer.text();
    if (text.length > mostBytes) throw new RangeError('the answer is too long');
    return text;
  }
}

const sentencesOf = (page: SecurityPage) => page.practices.flatMap(({ sentences }) => sentences);
const claimsOf = (page: SecurityPage) => sentencesOf(page).flatMap(({ claims }) => claims);

/** @throws Failure when the page cannot be had. */
export async function fetchPage(address: string): Promise<PageBundle> {
  const page = JSON.parse(await load(new URL('/page.json', address))) as SecurityPage;
  const readAt = new Date().toISOString();
  const indexes = new Set([
    ...claimsOf(page).flatMap((claim) => entryOfClaim(claim) ?? []),
    ...sentencesOf(page).map(({ index }) => index),
  ]);
  const proofs: Record<string, string> = {};
  for (const index of indexes) proofs[index] = await load(new URL(`/log/page/proof/${index}`, address));
  return { format: 'obhut-page-2', readAt, page, proofs };
}

/** @throws Failure when it is no such file. */
export function readBundle(path: string): PageBundle {
  try {
    const bundle = JSON.parse(readFileSync(path, 'utf8')) as PageBundle;
    if (bundle.format === 'obhut-page-2') return bundle;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new Failure(exitCodes.usage, 'no_page_bundle', {
    de: `${path} ist keine gesicherte Seite.`,
    en: `${path} is no saved page.`,
  });
}

interface Result {
  /** A claim, or a sentence whose words are not those of the log. */
  readonly claim: string;
  /** `fails`: the proof is good, and it says that the claim does not hold. */
  readonly result: 'verified' | 'fails' | 'unknown' | 'failed';
  readonly verdict: string;
  readonly why?: string;
}

export interface PageVerification {
  readonly bundle: PageBundle;
  readonly keys: readonly VerifierKey[];
  /** Where to keep what was fetched. */
  readonly save: string | undefined;
  /** What was seen of the log before, and whom to ask how it fits; `undefined` offline. */
  readonly remember: { readonly logs: KnownLogs; readonly address: string } | undefined;
  readonly json: boolean;
}

const textOf = (bundle: PageBundle, index: number | undefined): string => {
  const file = index === undefined ? undefined : bundle.proofs[index];
  if (file === undefined) throw new PageDiffers('proof');
  return file;
};

/** Lists every claim. Ends with 1 when a proof does not hold what the page says, or says that a claim fails. */
export async function verifyPage(terminal: Terminal, verification: PageVerification): Promise<ExitCode> {
  const { bundle, keys, save, json } = verification;
  if (save !== undefined) writeFileSync(save, `${JSON.stringify(bundle)}\n`);
  const now = new Date(bundle.readAt);
  const heads: VerifiedTlogProof[] = [];

  /** Why it does not verify; `undefined` when it does. */
  async function reasonOf(verify: () => Promise<VerifiedTlogProof>): Promise<string | undefined> {
    try {
      heads.push(await verify());
      return undefined;
    } catch (error) {
      if (error instanceof PageDiffers)
        return terminal.t({
          de: `die Seite sagt anderes als ihr Protokoll (${error.what})`,
          en: `the page says other than its log (${error.what})`,
        });
      if (!(error instanceof ProofError)) throw error;
      const step = error instanceof VerificationError ? `${error.step}: ` : '';
      return `${step}${failureText(error.code, terminal.language)}`;
    }
  }

  async function verifyClaim(claim: PageClaim): Promise<Result> {
    const { id, verdict } = claim;
    const index = entryOfClaim(claim);
    // Of what nobody measured or vouched for there is nothing to verify, but it must not be called anything else.
    if (index === undefined)
      return verdict === 'unknown'
        ? { claim: id, result: 'unknown', verdict }
        : { claim: id, result: 'failed', verdict, why: terminal.t({ de: 'ohne Nachweis', en: 'without a proof' }) };
    const why = await reasonOf(async () => verifyPageClaim(claim, textOf(bundle, index), keys, now));
    if (why !== undefined) return { claim: id, result: 'failed', verdict, why };
    const vouched = claim.proof === null ? claim.attestation?.grade : undefined;
    if (verdict === 'unknown') return { claim: id, result: 'unknown', verdict };
    return { claim: id, result: verdict === 'fails' ? 'fails' : 'verified', verdict: vouched ?? verdict };
  }

  async function verifySentence(sentence: PageSentence): Promise<readonly Result[]> {
    const why = await reasonOf(async () => verifyPageSentence(sentence, textOf(bundle, sentence.index), keys));
    return why === undefined ? [] : [{ claim: sentence.id, result: 'failed', verdict: sentence.verdict, why }];
  }

  const results: Result[] = [];
  for (const sentence of sentencesOf(bundle.page)) {
    results.push(...(await verifySentence(sentence)));
    for (const claim of sentence.claims) results.push(await verifyClaim(claim));
  }
  results.push(...(await wholeOf(terminal, verification, heads)));
  const counts = { verified: 0, fails: 0, unknown: 0, failed: 0 };
  for (const { result } of results) counts[result] += 1;
  const holds = counts.failed + counts.fails === 0 && counts.verified > 0;
  if (json) await printJson(terminal, { holds, readAt: bundle.readAt, ...counts, claims: results });
  else await terminal.out(inWords(terminal, results, counts));
  return holds ? exitCodes.ok : exitCodes.failed;
}

/** What no single claim shows: that the sums are right, and that all proofs are of one log, the one seen before. */
async function wholeOf(
  terminal: Terminal,
  { bundle, keys, remember }: PageVerification,
  heads: readonly VerifiedTlogProof[],
): Promise<readonly Result[]> {
  const failed = (claim: string, why: string): Result[] => [{ claim, result: 'failed', verdict: '', why }];
  try {
    needsSums(bundle.page);
    const [first] = heads;
    const key = keys.find(({ name }) => name === first?.origin);
    if (first === undefined || key === undefined || remember === undefined) return [];
    const { logs, address } = remember;
    const known = await logs.get(key.name);
    const before = known === undefined ? [] : [await verifiedHead(known.checkpoint, key)];
    const newest = await showSamePageLog((path) => load(new URL(path, address)), key, [...before, ...distinct(heads)]);
    await logs.set(key.name, {
      key: formatVerifierKey(key),
      checkpoint: newest.checkpoint,
      size: `${newest.head.size}`,
    });
    return [];
  } catch (error) {
    if (error instanceof PageDiffers)
      return failed('page', terminal.t({ de: `falsche Summe (${error.what})`, en: `wrong sum (${error.what})` }));
    if (error instanceof ProofError) return failed('log', failureText(error.code, terminal.language));
    throw error;
  }
}

/** One of each size and root. */
const distinct = (heads: readonly VerifiedTlogProof[]) => [
  ...new Map(heads.map((head) => [`${head.size} ${head.root.join()}`, head])).values(),
];

function inWords(terminal: Terminal, results: readonly Result[], counts: Record<Result['result'], number>): string {
  const marks = { verified: '✓', fails: '■', unknown: '·', failed: '✗' };
  const words: Readonly<Record<string, string>> = {
    holds: terminal.t({ de: 'gilt', en: 'holds' }),
    fails: terminal.t({ de: 'gilt nicht; der Nachweis stimmt', en: 'does not hold; the proof is good' }),
    unknown: terminal.t({ de: 'unbekannt', en: 'unknown' }),
    attested: terminal.t({ de: 'bezeugt', en: 'attested' }),
    declared: terminal.t({ de: 'erklärt', en: 'declared' }),
  };
  const lines = results.map(
    ({ claim, result, verdict, why }) =>
      ` ${marks[result]} ${plain(claim).padEnd(44)} ${plain(why ?? words[verdict] ?? verdict)}\n`,
  );
  const sum = terminal.t({
    de: `\n ${counts.verified} Nachweise bestätigt, ${counts.unknown} Aussagen unbekannt, ${counts.fails} gelten nicht, ${counts.failed} nicht bestätigt.\n`,
    en: `\n ${counts.verified} proofs verified, ${counts.unknown} claims unknown, ${counts.fails} do not hold, ${counts.failed} not verified.\n`,
  });
  return `${lines.join('')}${sum}`;
}

/** The key that the page itself shows: only good to have something to compare with another source. */
export async function shownKey(address: string): Promise<string> {
  return (await load(new URL('/log/page/key', address))).trim();
}
