/** Verifies the public page in this browser, step by step. What the server says is believed nowhere. */
import {
  figuresText,
  type PageClaim,
  PageDiffers,
  type PageSentence,
  type SecurityPage,
  showSamePageLog,
  verifyPageClaim,
  verifyPageSentence,
} from '@obhut/client';
import {
  decodeHex,
  encodeHex,
  ProofError,
  parseVerifierKey,
  type TreeHead,
  VerificationError,
  type VerifiedTlogProof,
} from '@obhut/proof';
import { remember, remembered } from './memory.ts';

/** What people read beside a claim; the log must say the same. */
export interface Shown {
  readonly sentence: string;
  readonly claim: string;
  /** The entry of the proof, and when it was observed; where somebody vouches, until when. */
  readonly index: string;
  readonly observed: string | undefined;
  readonly verdict: string;
  /** The state in the language of the page, its words, and what they do not say. */
  readonly state: string;
  readonly texts: {
    readonly sentence: string;
    readonly predicate: string;
    readonly limits: string;
    readonly figures: string;
  };
  /** What somebody vouches for, in the language of the page. */
  readonly said: string | undefined;
}

export interface Verified {
  readonly index: string;
  readonly size: string;
  readonly leaf: string;
  readonly steps: number;
  readonly root: string;
  readonly signer: string;
  /** The size of the tree at the last visit; `undefined` at the first. */
  readonly since: string | undefined;
}

/** Not verified: at which step, and why. */
export class NotVerified extends Error {
  readonly step: string;
  constructor(step: string, reason: string) {
    super(reason);
    this.step = step;
  }
}

const patienceMs = 10_000;

async function load(path: string): Promise<string> {
  const until = Date.now() + patienceMs;
  for (;;) {
    const answer = await fetch(path, { cache: 'no-store' }).catch(() => undefined);
    // What was measured just now waits for the next checkpoint, a second at the most.
    if (answer?.status === 503 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 500));
    else if (answer === undefined || !answer.ok)
      throw new NotVerified('load', `${path} (${answer?.status ?? 'offline'})`);
    else return answer.text();
  }
}

/** The key is that of the first visit. A server that shows another one later is not believed. */
async function pinnedKey(): Promise<string> {
  const known = remembered();
  const shown = (await load('/log/page/key')).trim();
  if (known !== undefined && known.key !== shown) throw new NotVerified('key', shown);
  return shown;
}

/** What this browser had seen when the page was opened. */
const before = remembered();
/** Trees that were shown to be of the one log, by size and root. */
const shownHeads = new Set<string>();

/** That this proof, the last visit and the log of now are of one log: nothing was removed, changed, or kept twice. */
async function needsOneLog(key: string, proven: VerifiedTlogProof): Promise<void> {
  const name = `${proven.size} ${encodeHex(proven.root)}`;
  if (shownHeads.has(name)) return;
  const verifier = parseVerifierKey(key);
  const known = remembered();
  const heads: TreeHead[] = [
    { origin: proven.origin, size: proven.size, root: proven.root },
    ...(known === undefined ? [] : [{ origin: verifier.name, size: BigInt(known.size), root: decodeHex(known.root) }]),
  ];
  try {
    const { head } = await showSamePageLog(load, verifier, heads);
    remember({ key, size: head.size.toString(), root: encodeHex(head.root) });
    shownHeads.add(name);
  } catch (error) {
    if (error instanceof NotVerified) throw error;
    throw new NotVerified('consistency', String((error as Error).message));
  }
}

let pageText: Promise<string> | undefined;

async function sentenceOf({ sentence, claim }: Shown): Promise<{ sentence: PageSentence; claim: PageClaim }> {
  pageText ??= load('/page.json').catch((error: unknown) => {
    pageText = undefined;
    throw error;
  });
  const page = JSON.parse(await pageText) as SecurityPage;
  const found = page.practices.flatMap(({ sentences }) => sentences).find(({ id }) => id === sentence);
  const one = found?.claims.find(({ id }) => id === claim);
  if (found === undefined || one === undefined) throw new NotVerified('content', claim);
  return { sentence: found, claim: one };
}

function same(what: string, shown: string, logged: string): void {
  if (shown !== logged) throw new NotVerified('content', `${what}: ${logged}`);
}

/** The page is read for longer than its JSON is new: the proof that is shown is the one that is verified. */
function asShown(claim: PageClaim, { index, observed, verdict }: Shown): PageClaim {
  if (claim.proof === null) return claim;
  const { probe, version } = claim.proof;
  return {
    ...claim,
    verdict: verdictShown(claim, verdict, observed),
    proof: { index: Number(index), verdict, probe, version, observedAt: observed ?? '' },
  };
}

function verdictShown({ probe }: PageClaim, verdict: string, observed: string | undefined): string {
  const ageMs = Date.now() - new Date(observed ?? '').getTime();
  return probe !== null && ageMs <= probe.budgetMs ? verdict : 'unknown';
}

/** What people read, in the page's language, against what was verified. */
function compareWords(shown: Shown, sentence: PageSentence, claim: PageClaim, words: PageWords): void {
  const { lang } = words;
  same('sentence', shown.texts.sentence, sentence.text[lang]);
  same('claim', shown.texts.predicate, claim.predicate[lang]);
  const vouched = claim.proof === null && claim.attestation !== null && claim.verdict === 'holds';
  if (vouched && claim.attestation !== null) {
    const { by, text, grade } = claim.attestation;
    same('said', shown.said ?? '', `${by}: ${text[lang]}`);
    same('until', shown.observed ?? '', claim.attestation.until);
    same('state', shown.state, words.states[grade] ?? '');
    return;
  }
  if (!shown.texts.limits.includes(claim.limits[lang])) throw new NotVerified('content', claim.limits[lang]);
  const expected = words.states[claim.verdict] ?? '';
  // Of what is unknown the page also says why.
  if (claim.verdict === 'unknown' ? !shown.state.startsWith(expected) : shown.state !== expected)
    throw new NotVerified('content', `${shown.state}: ${expected}`);
}

export interface PageWords {
  readonly lang: 'de' | 'en';
  /** The words for what a claim is: `holds`, `fails`, `unknown`, `attested`, `declared`. */
  readonly states: Readonly<Record<string, string>>;
}

/** @throws NotVerified */
export async function check(shown: Shown, words: PageWords): Promise<Verified> {
  try {
    const key = await pinnedKey();
    const keys = [parseVerifierKey(key)];
    const { sentence, claim: newest } = await sentenceOf(shown);
    const claim = asShown(newest, shown);
    const proof = await load(`/log/page/proof/${shown.index}`);
    const verified = await verifyPageClaim(claim, proof, keys, new Date());
    await verifyPageSentence(sentence, await load(`/log/page/proof/${sentence.index}`), keys);
    await needsOneLog(key, verified);
    compareWords(shown, sentence, claim, words);
    same('figures', shown.texts.figures, figuresText(claim, verified.entry, words.lang));
    const path = verified.steps.find((step) => step.step === 'path');
    return {
      index: shown.index,
      size: verified.size.toString(),
      leaf: encodeHex(verified.leafHash),
      steps: path?.step === 'path' ? path.steps : 0,
      root: encodeHex(verified.root),
      signer: `${verified.signer.name} (${verified.signer.keyId})`,
      since: before?.size,
    };
  } catch (error) {
    if (error instanceof NotVerified) throw error;
    if (error instanceof PageDiffers) throw new NotVerified('content', error.what);
    if (error instanceof VerificationError) throw new NotVerified(error.step, error.message);
    if (error instanceof ProofError) throw new NotVerified('file', error.message);
    throw new NotVerified('load', String((error as Error).message));
  }
}
