import { ProofError } from './errors.ts';

/** WebCrypto takes bytes in unshared memory only, which the type of a plain `Uint8Array` does not promise. */
function owned(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}

async function importKey(subtle: SubtleCrypto, publicKey: Uint8Array): Promise<CryptoKey | undefined> {
  try {
    return await subtle.importKey('raw', owned(publicKey), 'Ed25519', false, ['verify']);
  } catch (cause) {
    // Only a browser without Ed25519 says so. Any other refusal is about the key: it is not a point on the curve.
    if (cause instanceof DOMException && cause.name === 'NotSupportedError') {
      throw new ProofError('ed25519_unavailable', 'this runtime has no Ed25519', { cause });
    }
    return undefined;
  }
}

/**
 * Whether `signature` (64 bytes) is one of `publicKey` (32 bytes) over `message`, by WebCrypto. A signature or key of the
 * wrong shape is `false`. Throws `ed25519_unavailable` when this runtime cannot tell: that is not the signer's fault, and
 * must not look like it.
 */
export async function verifyEd25519(
  publicKey: Uint8Array,
  signature: Uint8Array,
  message: Uint8Array,
): Promise<boolean> {
  // Browsers leave `subtle` out on pages that were not loaded over a secure connection.
  const subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle;
  if (subtle === undefined) throw new ProofError('ed25519_unavailable', 'WebCrypto needs a secure page (https)');
  if (signature.length !== 64) return false;
  const key = await importKey(subtle, publicKey);
  return key !== undefined && (await subtle.verify('Ed25519', key, owned(signature), owned(message)));
}
