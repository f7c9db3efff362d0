/** Verifies a proof of the public page in this browser, step by step. What the server says is believed nowhere. */
import {
  decodeBase64,
  decodeHex,
  encodeHex,
  parseCheckpoint,
  parseVerifierKey,
  VerificationError,
  verifyConsistency,
  verifyNote,
  verifyTlogProof,
} from '@obhut/proof';
import { remember, remembered } from './memory.ts';

/** What the page shows beside the sentence; the entry must say the same. */
export interface Shown {
  readonly index: string;
  readonly claim: string;
  readonly verdict: string;
  /** The words of somebody who vouches; the entry holds their digest. `undefined`: it was measured. */
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

async function load(path: string): Promise<string> {
  const answer = await fetch(path, { cache: 'no-store' }).catch(() => undefined);
  if (answer === undefined || !answer.ok) throw new NotVerified('load', `${path} (${answer?.status ?? 'offline'})`);
  return answer.text();
}

/** The key is that of the first visit. A server that shows another one later is not believed. */
async function pinnedKey(): Promise<string> {
  const known = remembered();
  const shown = (await load('/log/page/key')).trim();
  if (known !== undefined && known.key !== shown) throw new NotVerified('key', shown);
  return shown;
}

/** That the tree of the last visit is the beginning of the tree of today: nothing was removed or changed. */
async function compare(key: string): Promise<string | undefined> {
  const known = remembered();
  const verifier = parseVerifierKey(key);
  if (known === undefined) {
    const checkpoint = parseCheckpoint(new TextEncoder().encode(await load('/log/page/checkpoint')));
    await verifyNote(checkpoint.note, [verifier]);
    remember({ key, size: checkpoint.size.toString(), root: encodeHex(checkpoint.root) });
    return undefined;
  }
  const { checkpoint: text, proof } = JSON.parse(await load(`/log/page/consistency?from=${known.size}`)) as {
    checkpoint: string;
    proof: string[];
  };
  const checkpoint = parseCheckpoint(new TextEncoder().encode(text));
  await verifyNote(checkpoint.note, [verifier]);
  if (checkpoint.origin !== verifier.name) throw new Error('the checkpoint is of another log');
  verifyConsistency({
    oldSize: BigInt(known.size),
    oldRoot: decodeHex(known.root),
    newSize: checkpoint.size,
    newRoot: checkpoint.root,
    proof: proof.map((hash) => decodeBase64(hash)),
  });
  remember({ key, size: checkpoint.size.toString(), root: encodeHex(checkpoint.root) });
  return known.size;
}

interface ClaimEntry {
  readonly kind?: string;
  readonly refs?: { readonly claim?: string; readonly verdict?: string; readonly digest?: string };
}

/** @throws NotVerified where the page shows other than its log says. */
async function compareEntry({ kind, refs }: ClaimEntry, shown: Shown): Promise<void> {
  const wanted = shown.said === undefined ? 'claim.proof' : 'claim.attest';
  if (kind !== wanted || refs?.claim !== shown.claim || refs.verdict !== shown.verdict)
    throw new NotVerified('content', `${refs?.claim ?? '?'}: ${refs?.verdict ?? '?'}`);
  if (shown.said === undefined) return;
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(shown.said));
  if (encodeHex(new Uint8Array(digest)) !== refs.digest) throw new NotVerified('content', refs.digest ?? '?');
}

let compared: Promise<string | undefined> | undefined;

/** @throws NotVerified */
export async function check(shown: Shown): Promise<Verified> {
  const key = await pinnedKey();
  try {
    compared ??= compare(key);
    const since = await compared.catch((error: unknown) => {
      compared = undefined;
      if (error instanceof NotVerified) throw error;
      throw new NotVerified('consistency', String((error as Error).message));
    });
    const file = new TextEncoder().encode(await load(`/log/page/proof/${shown.index}`));
    const verified = await verifyTlogProof({ file, keys: [parseVerifierKey(key)] });
    if (verified.index.toString() !== shown.index) throw new NotVerified('content', 'index');
    await compareEntry(JSON.parse(new TextDecoder().decode(verified.entry)) as ClaimEntry, shown);
    const path = verified.steps.find((step) => step.step === 'path');
    return {
      index: shown.index,
      size: verified.size.toString(),
      leaf: encodeHex(verified.leafHash),
      steps: path?.step === 'path' ? path.steps : 0,
      root: encodeHex(verified.root),
      signer: `${verified.signer.name} (${verified.signer.keyId})`,
      since,
    };
  } catch (error) {
    if (error instanceof NotVerified) throw error;
    if (error instanceof VerificationError) throw new NotVerified(error.step, error.message);
    throw new NotVerified('load', String((error as Error).message));
  }
}
