import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import {
  cosignatureMessage,
  createVerifierKey,
  encodeCosignature,
  formatCheckpointText,
  formatNote,
  formatVerifierKey,
  noteSignatureMessage,
  SIGNATURE_TYPE,
  type TreeHead,
  type VerifierKey,
} from '@obhut/proof';
import type { Clock } from '../platform/clock/clock.ts';
import type { SecretStore } from '../platform/secrets/secrets.ts';

/**
 * Signs checkpoints with the installation's Ed25519 log key, under the log's origin as key name (C2SP signed-note), and
 * beside it a cosignature/v1 of a second key that says when: a plain checkpoint has no time, so only that tells a
 * quiet log from a dead one.
 */
export interface Signer {
  /** The whole signed note, both lines. */
  sign(head: TreeHead): string;
  /** What a verifier pins for this log (`origin+id+key`). */
  verifierKey(origin: string): string;
  clockKey(origin: string): string;
}

const rawPublicBytes = 32;

async function loadKey(secrets: SecretStore, name: string): Promise<{ readonly key: KeyObject; readonly raw: Buffer }> {
  const der = await secrets.get(name, () =>
    generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' }),
  );
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  der.fill(0);
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return { key, raw: spki.subarray(spki.length - rawPublicBytes) };
}

export async function createSigner(secrets: SecretStore, clock: Clock): Promise<Signer> {
  const log = await loadKey(secrets, 'log-signing-key');
  const time = await loadKey(secrets, 'log-clock-key');
  const keys = (origin: string): { readonly log: VerifierKey; readonly time: VerifierKey } => ({
    log: createVerifierKey(origin, SIGNATURE_TYPE.ed25519, log.raw),
    time: createVerifierKey(origin, SIGNATURE_TYPE.cosignature, time.raw),
  });
  return {
    sign(head) {
      const text = formatCheckpointText(head);
      const { log: logKey, time: timeKey } = keys(head.origin);
      const timestamp = BigInt(Math.floor(clock.now().getTime() / 1000));
      return formatNote(text, [
        { name: head.origin, keyId: logKey.id, signature: sign(null, noteSignatureMessage(text), log.key) },
        {
          name: head.origin,
          keyId: timeKey.id,
          signature: encodeCosignature({
            timestamp,
            signature: sign(null, cosignatureMessage(text, timestamp), time.key),
          }),
        },
      ]);
    },
    verifierKey: (origin) => formatVerifierKey(keys(origin).log),
    clockKey: (origin) => formatVerifierKey(keys(origin).time),
  };
}
