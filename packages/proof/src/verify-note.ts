import { equalBytes } from './bytes.ts';
import { cosignatureMessage, parseCosignature } from './cosignature.ts';
import { verifyEd25519 } from './ed25519.ts';
import { needs } from './errors.ts';
import { formatKeyId, SIGNATURE_TYPE, type VerifierKey } from './key.ts';
import { type Note, type NoteSignature, noteSignatureMessage } from './note.ts';

/** A signature that verified: by a log over the text, or by a witness over a checkpoint and a time. */
export type VerifiedSignature =
  | { readonly kind: 'signature'; readonly key: VerifierKey }
  | { readonly kind: 'cosignature'; readonly key: VerifierKey; readonly timestamp: bigint };

function findKey(keys: readonly VerifierKey[], { name, keyId }: NoteSignature): VerifierKey | undefined {
  const [key, ...others] = keys.filter((candidate) => candidate.name === name && candidate.id === keyId);
  for (const other of others) {
    needs(
      key !== undefined && key.type === other.type && equalBytes(key.publicKey, other.publicKey),
      'key_ambiguous',
      `two pinned keys are called ${name} ${formatKeyId(keyId)}`,
    );
  }
  return key;
}

async function verifyLine(note: Note, line: NoteSignature, key: VerifierKey): Promise<VerifiedSignature> {
  const problem = `the signature by ${key.name} ${formatKeyId(key.id)} does not verify`;
  switch (key.type) {
    case SIGNATURE_TYPE.ed25519: {
      const valid = await verifyEd25519(key.publicKey, line.signature, noteSignatureMessage(note.text));
      needs(valid, 'signature_invalid', problem);
      return { kind: 'signature', key };
    }
    case SIGNATURE_TYPE.cosignature: {
      const { timestamp, signature } = parseCosignature(line.signature);
      const valid = await verifyEd25519(key.publicKey, signature, cosignatureMessage(note.text, timestamp));
      needs(valid, 'signature_invalid', problem);
      return { kind: 'cosignature', key, timestamp };
    }
  }
}

/**
 * Verifies a note against pinned keys and returns the signatures that count, at least one, in the order of the note.
 *
 * "Verifiers MUST ignore signatures from unknown keys, even if they share a name or ID (but not both) with a known key":
 * lines by others stay without effect. One bad signature by a pinned key rejects the whole note, because the text was
 * changed or somebody tries a key's name. Throws `signature_invalid`, `signer_unknown`, `key_ambiguous`,
 * `cosignature_invalid`, `ed25519_unavailable`.
 */
export async function verifyNote(note: Note, keys: readonly VerifierKey[]): Promise<readonly VerifiedSignature[]> {
  const verified: VerifiedSignature[] = [];
  for (const line of note.signatures) {
    const key = findKey(keys, line);
    if (key !== undefined) verified.push(await verifyLine(note, line, key));
  }
  needs(verified.length > 0, 'signer_unknown', 'no signature by a pinned key');
  return verified;
}
