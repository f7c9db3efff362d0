/** Verifies a whole security page: from its address, or from what was saved of it, without any help of the server. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { ProofError, VerificationError, type VerifierKey, verifyTlogProof } from '@obhut/proof';
import { type ExitCode, exitCodes, Failure } from '../exit.ts';
import { printJson } from '../print.ts';
import { failureText } from '../proof-words.ts';
import type { Terminal } from '../terminal.ts';
import { plain } from '../words.ts';

interface PageClaim {
  readonly id: string;
  readonly verdict: string;
  readonly proof: { readonly index: number; readonly verdict: string } | null;
  /** Where nobody measures and somebody vouches. */
  readonly attestation: {
    readonly index: number;
    readonly grade: string;
    readonly by: string;
    readonly text: { readonly de: string; readonly en: string };
    readonly document: string | null;
    readonly until: string;
  } | null;
}

/** What the log must say of a claim. */
interface Said {
  readonly index: number;
  readonly kind: 'claim.proof' | 'claim.attest';
  readonly verdict: string;
  readonly digest?: string;
}

/** `undefined`: nothing is claimed. */
function saidOf({ id, proof, attestation, verdict }: PageClaim): Said | undefined {
  if (proof !== null) return { ...proof, kind: 'claim.proof' };
  if (attestation === null || verdict === 'unknown') return undefined;
  const { index, grade, by, text, document, until } = attestation;
  const words = JSON.stringify([id, grade, by, text.de, text.en, document, until]);
  return { index, kind: 'claim.attest', verdict: grade, digest: createHash('sha256').update(words).digest('hex') };
}

/** `page.json`, as far as it is looked at. */
interface Page {
  readonly practices: readonly {
    readonly sentences: readonly {
      readonly text: { readonly de: string; readonly en: string };
      readonly claims: readonly PageClaim[];
    }[];
  }[];
}

/** What is needed to verify a page later, without a network. */
export interface PageBundle {
  readonly format: 'obhut-page-1';
  readonly page: Page;
  /** Proof files, by the index of their entry. */
  readonly proofs: Readonly<Record<string, string>>;
}

const mostBytes = 20_000_000;

async function load(url: URL): Promise<string> {
  const answer = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(20_000) }).catch(() => undefined);
  if (answer === undefined || !answer.ok)
    throw new Failure(exitCodes.unreachable, 'page_unreachable', {
      de: `${url.href} antwortet nicht (${answer?.status ?? 'keine Verbindung'}).`,
      en: `${url.href} does not answer (${answer?.status ?? 'no connection'}).`,
    });
  const text = await answer.text();
  if (text.length > mostBytes) throw new RangeError('the answer is too long');
  return text;
}

const claimsOf = (page: Page) => page.practices.flatMap(({ sentences }) => sentences.flatMap(({ claims }) => claims));

/** @throws Failure when the page cannot be had. */
export async function fetchPage(address: string): Promise<PageBundle> {
  const page = JSON.parse(await load(new URL('/page.json', address))) as Page;
  const proofs: Record<string, string> = {};
  for (const said of claimsOf(page).map(saidOf))
    if (said !== undefined) proofs[said.index] = await load(new URL(`/log/page/proof/${said.index}`, address));
  return { format: 'obhut-page-1', page, proofs };
}

/** @throws Failure when it is no such file. */
export function readBundle(path: string): PageBundle {
  try {
    const bundle = JSON.parse(readFileSync(path, 'utf8')) as PageBundle;
    if (bundle.format === 'obhut-page-1') return bundle;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new Failure(exitCodes.usage, 'no_page_bundle', {
    de: `${path} ist keine gesicherte Seite.`,
    en: `${path} is no saved page.`,
  });
}

interface Result {
  readonly claim: string;
  readonly result: 'verified' | 'unknown' | 'failed';
  /** What the proof says, once it is verified. */
  readonly verdict: string;
  readonly why?: string;
}

async function verifyClaim(
  claim: PageClaim,
  bundle: PageBundle,
  keys: readonly VerifierKey[],
  terminal: Terminal,
): Promise<Result> {
  const { id } = claim;
  const said = saidOf(claim);
  // What was measured once and is too old now is unknown, whatever its proof said.
  const verdict = said?.kind === 'claim.attest' ? said.verdict : claim.verdict;
  if (said === undefined) return { claim: id, result: 'unknown', verdict };
  const failed = (why: string): Result => ({ claim: id, result: 'failed', verdict, why });
  const file = bundle.proofs[said.index];
  if (file === undefined) return failed(terminal.t({ de: 'der Nachweis fehlt', en: 'the proof is missing' }));
  try {
    const proven = await verifyTlogProof({ file: new TextEncoder().encode(file), keys });
    const entry = JSON.parse(new TextDecoder().decode(proven.entry)) as {
      kind?: string;
      refs?: { claim?: string; verdict?: string; digest?: string };
    };
    const { kind, refs } = entry;
    const same =
      kind === said.kind &&
      refs?.claim === id &&
      refs.verdict === said.verdict &&
      (said.digest === undefined || refs.digest === said.digest);
    if (!same || proven.index !== BigInt(said.index))
      return failed(
        terminal.t({ de: 'die Seite sagt anderes als ihr Protokoll', en: 'the page says other than its log' }),
      );
    return { claim: id, result: 'verified', verdict };
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
    const step = error instanceof VerificationError ? `${error.step}: ` : '';
    return failed(`${step}${failureText(error.code, terminal.language)}`);
  }
}

export interface PageVerification {
  readonly bundle: PageBundle;
  readonly keys: readonly VerifierKey[];
  /** Where to keep what was fetched. */
  readonly save: string | undefined;
  readonly json: boolean;
}

/** Lists every claim. Ends with 1 when one proof does not hold what the page says; unknown claims are named, and are no failure. */
export async function verifyPage(
  terminal: Terminal,
  { bundle, keys, save, json }: PageVerification,
): Promise<ExitCode> {
  if (save !== undefined) writeFileSync(save, `${JSON.stringify(bundle)}\n`);
  const results: Result[] = [];
  for (const claim of claimsOf(bundle.page)) results.push(await verifyClaim(claim, bundle, keys, terminal));
  const of = (result: Result['result']) => results.filter((one) => one.result === result).length;
  const counts = { verified: of('verified'), unknown: of('unknown'), failed: of('failed') };
  if (json) await printJson(terminal, { holds: counts.failed === 0, ...counts, claims: results });
  else {
    const marks = { verified: '✓', unknown: '·', failed: '✗' };
    const lines = results.map(
      ({ claim, result, verdict, why }) =>
        ` ${marks[result]} ${plain(claim).padEnd(44)} ${plain(why ?? (result === 'verified' ? verdict : terminal.t({ de: 'unbekannt', en: 'unknown' })))}\n`,
    );
    const sum = terminal.t({
      de: `\n ${counts.verified} Nachweise bestätigt, ${counts.unknown} Aussagen unbekannt, ${counts.failed} nicht bestätigt.\n`,
      en: `\n ${counts.verified} proofs verified, ${counts.unknown} claims unknown, ${counts.failed} not verified.\n`,
    });
    await terminal.out(`${lines.join('')}${sum}`);
  }
  return counts.failed === 0 && counts.verified > 0 ? exitCodes.ok : exitCodes.failed;
}

/** The key that the page itself shows: only good to have something to compare with another source. */
export async function shownKey(address: string): Promise<string> {
  return (await load(new URL('/log/page/key', address))).trim();
}
