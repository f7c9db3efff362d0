import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from '../config/start-error.ts';
import { commitment, SecretKey, sameBytes } from '../crypto/key.ts';
import { createFile } from '../files/durable.ts';

const credentialName = 'obhut-root-key';

function parseRootKey(text: string, where: string): SecretKey {
  const bytes = Buffer.from(text.trim(), 'base64');
  if (bytes.length !== 32 || bytes.toString('base64') !== text.trim())
    throw new StartError('root_key_wrong', `${where} does not hold a root key.`, 'It is 32 bytes in base64.');
  const key = SecretKey.from(bytes);
  bytes.fill(0);
  return key;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * The root key, from `keys/root.key` (made at the first start) or from a systemd credential. Its commitment stands
 * beside it, so that a wrong key is told apart from damaged data before anything is opened.
 * @throws StartError when the key is missing although there was one, or is another one than at the first start.
 */
export async function loadRootKey(provider: 'file' | 'credential', keysFolder: string): Promise<SecretKey> {
  const commitmentPath = join(keysFolder, 'root.commitment');
  const expected = readIfThere(commitmentPath);
  const key = provider === 'file' ? await fromFile(keysFolder, expected !== undefined) : fromCredential();
  const actual = commitment(key);
  if (expected === undefined) await createFile(commitmentPath, Buffer.from(`${actual.toString('hex')}\n`));
  else if (!sameBytes(actual, Buffer.from(expected.trim(), 'hex')))
    throw new StartError(
      'root_key_wrong',
      'The root key is not the one that this installation was made with.',
      'Put the right key back; nothing has been changed.',
    );
  return key;
}

async function fromFile(keysFolder: string, existed: boolean): Promise<SecretKey> {
  const path = join(keysFolder, 'root.key');
  const text = readIfThere(path);
  if (text !== undefined) return parseRootKey(text, path);
  if (existed)
    throw new StartError(
      'root_key_missing',
      `${path} is missing, but this installation has one.`,
      'Put the file back. Without it no customer data can be read; there is no back door.',
    );
  const bytes = randomBytes(32);
  await createFile(path, Buffer.from(`${bytes.toString('base64')}\n`));
  return SecretKey.from(bytes);
}

function fromCredential(): SecretKey {
  const folder = process.env.CREDENTIALS_DIRECTORY;
  const text = folder === undefined ? undefined : readIfThere(join(folder, credentialName));
  if (text === undefined)
    throw new StartError(
      'root_key_missing',
      `There is no systemd credential named ${credentialName}.`,
      'Add LoadCredentialEncrypted to the unit (docs/systemd.md), or set rootKey: file.',
    );
  return parseRootKey(text, `credential ${credentialName}`);
}
