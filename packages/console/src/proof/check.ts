/** Verifies an entry's proof in this browser: the server only hands over the numbers. */
import { encodeHex, parseVerifierKey, VerificationError, verifyTlogProof } from '@obhut/proof';

export interface Checked {
  readonly index: string;
  readonly size: string;
  readonly leaf: string;
  readonly steps: number;
  readonly root: string;
  readonly origin: string;
  readonly keyId: string;
  /** The entry, as it stands in the log. */
  readonly entry: string;
}

export class ProofFailed extends Error {
  override readonly name = 'ProofFailed';
}

/** @throws ProofFailed with the reason. */
export async function checkProof(file: string, key: string): Promise<Checked> {
  try {
    const verified = await verifyTlogProof({
      file: new TextEncoder().encode(file),
      keys: [parseVerifierKey(key)],
    });
    const path = verified.steps.find((step) => step.step === 'path');
    return {
      index: verified.index.toString(),
      size: verified.size.toString(),
      leaf: encodeHex(verified.leafHash),
      steps: path?.step === 'path' ? path.steps : 0,
      root: encodeHex(verified.root),
      origin: verified.origin,
      keyId: verified.signer.keyId,
      entry: new TextDecoder().decode(verified.entry),
    };
  } catch (error) {
    throw new ProofFailed(error instanceof VerificationError ? `${error.step}: ${error.message}` : String(error));
  }
}
