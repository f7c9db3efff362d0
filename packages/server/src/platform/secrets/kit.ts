/**
 * The recovery kit: root key and backup key under a passphrase, for the day on which the machine is gone. argon2id (RFC 9106)
 * makes the key of the passphrase, AES-256-GCM seals; what the kit says about itself is part of what is authenticated.
 */
import { argon2, randomBytes, randomInt, randomUUID } from 'node:crypto';
import { OpenError, open, seal } from '../crypto/aead.ts';
import { commitment, SecretKey } from '../crypto/key.ts';
import { kitWords } from './kit-words.ts';

export interface KitKeys {
  readonly rootKey: SecretKey;
  readonly backupKey: SecretKey;
}

/** As it stands in the file. */
export interface Kit {
  readonly format: 'obhut-recovery-kit';
  readonly version: 1;
  readonly id: string;
  readonly made: string;
  /** Which keys are in it, without telling them. */
  readonly rootKey: string;
  readonly backupKey: string;
  readonly salt: string;
  readonly sealed: string;
}

/** RFC 9106, section 4, with four times the memory of a sign-in's: it is opened once in years. */
const parameters = { memory: 262_144, passes: 3, parallelism: 1, tagLength: 32 } as const;
const words = 12;
/** A passphrase of one's own. The file can be tried by whoever finds it, as often as they like. */
export const shortestPassphrase = 20;

export class KitError extends Error {
  override readonly name = 'KitError';
  readonly code: 'kit_damaged' | 'kit_passphrase';
  constructor(code: 'kit_damaged' | 'kit_passphrase') {
    super(code === 'kit_damaged' ? 'this is no recovery kit that Obhut knows' : 'the passphrase does not open it');
    this.code = code;
  }
}

export const newPassphrase = () => Array.from({ length: words }, () => kitWords[randomInt(kitWords.length)]).join('-');

/** As people type it again: any case, any spaces or dashes between the words. */
const normal = (passphrase: string) =>
  passphrase
    .normalize('NFC')
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '-');

function derive(passphrase: string, nonce: Buffer): Promise<SecretKey> {
  return new Promise((resolve, reject) =>
    argon2('argon2id', { message: Buffer.from(normal(passphrase)), nonce, ...parameters }, (error, bytes) => {
      if (error !== null) return reject(error);
      resolve(SecretKey.from(bytes));
      bytes.fill(0);
    }),
  );
}

const hex = (key: SecretKey) => Buffer.from(commitment(key)).toString('hex');
const placeOf = (kit: Omit<Kit, 'sealed' | 'salt'>) =>
  ({ use: 'recovery-kit', object: `${kit.version}/${kit.id}/${kit.made}/${kit.rootKey}/${kit.backupKey}` }) as const;

export async function makeKit({ rootKey, backupKey }: KitKeys, passphrase: string, made: Date): Promise<Kit> {
  const salt = randomBytes(16);
  const about = {
    format: 'obhut-recovery-kit',
    version: 1,
    id: randomUUID(),
    made: made.toISOString(),
    rootKey: hex(rootKey),
    backupKey: hex(backupKey),
  } as const;
  const key = await derive(passphrase, salt);
  const content = Buffer.concat([SecretKey.bytesOf(rootKey), SecretKey.bytesOf(backupKey)]);
  const sealed = seal(key, placeOf(about), content);
  content.fill(0);
  key.destroy();
  return { ...about, salt: salt.toString('base64'), sealed: sealed.toString('base64') };
}

const texts = ['id', 'made', 'rootKey', 'backupKey', 'salt', 'sealed'] as const;

/** @throws KitError */
export function parseKit(text: string): Kit {
  try {
    const kit = JSON.parse(text) as Kit;
    if (kit.format !== 'obhut-recovery-kit' || kit.version !== 1) throw new KitError('kit_damaged');
    if (texts.some((name) => typeof kit[name] !== 'string' || kit[name].length > 1_000))
      throw new KitError('kit_damaged');
    return kit;
  } catch {
    throw new KitError('kit_damaged');
  }
}

/** @throws KitError when the passphrase is wrong, or the kit was changed: the two cannot be told apart. */
export async function openKit(kit: Kit, passphrase: string): Promise<KitKeys> {
  const key = await derive(passphrase, Buffer.from(kit.salt, 'base64'));
  try {
    const content = open(key, placeOf(kit), Buffer.from(kit.sealed, 'base64'));
    const keys = { rootKey: SecretKey.from(content.subarray(0, 32)), backupKey: SecretKey.from(content.subarray(32)) };
    content.fill(0);
    if (hex(keys.rootKey) !== kit.rootKey || hex(keys.backupKey) !== kit.backupKey) throw new KitError('kit_damaged');
    return keys;
  } catch (error) {
    throw error instanceof OpenError ? new KitError('kit_passphrase') : error;
  } finally {
    key.destroy();
  }
}
