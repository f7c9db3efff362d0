/** Passwords are kept as argon2id (RFC 9106; recommended by BSI TR-02102-1), sealed under a key that is not in the database. */
import { argon2, randomBytes } from 'node:crypto';
import { sameBytes } from '../../platform/crypto/key.ts';
import { Problem } from '../../platform/http/problem.ts';

/** RFC 9106, section 4, second recommended option, with one lane: 64 MiB, three passes. */
const parameters = { memory: 65_536, passes: 3, parallelism: 1, tagLength: 32 } as const;
const saltBytes = 16;

/** At most this many at once, and this many waiting: each takes 64 MiB. */
const maxRunning = 2;
const maxWaiting = 32;

export interface PasswordHasher {
  hash(password: string): Promise<Buffer>;
  /** Without a hash it takes as long and is false, so that an unknown account answers no faster. */
  matches(password: string, hash: Uint8Array | undefined): Promise<boolean>;
}

/** The form in which a password is hashed (Unicode NFC, as NIST SP 800-63B asks for). */
const bytesOf = (password: string) => Buffer.from(password.normalize('NFC'), 'utf8');

export function createPasswordHasher(): PasswordHasher {
  let running = 0;
  const waiting: (() => void)[] = [];

  async function derive(password: string, nonce: Uint8Array): Promise<Buffer> {
    if (waiting.length >= maxWaiting) throw new Problem('rate_limited', { retryAfterSeconds: 5 });
    if (running >= maxRunning) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await new Promise<Buffer>((resolve, reject) =>
        argon2('argon2id', { message: bytesOf(password), nonce, ...parameters }, (error, key) =>
          error === null ? resolve(key) : reject(error),
        ),
      );
    } finally {
      // The place goes to whoever waits longest.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  }

  return {
    async hash(password) {
      const salt = randomBytes(saltBytes);
      return Buffer.concat([salt, await derive(password, salt)]);
    },
    async matches(password, hash) {
      const salt = hash?.subarray(0, saltBytes) ?? randomBytes(saltBytes);
      const key = await derive(password, salt);
      return hash !== undefined && sameBytes(key, hash.subarray(saltBytes));
    },
  };
}
