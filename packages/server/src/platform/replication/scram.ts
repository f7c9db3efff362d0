/**
 * The client's side of SCRAM-SHA-256 (RFC 5802, RFC 7677) as PostgreSQL speaks it ("SASL Authentication", chapter 54.3):
 * no channel binding, the user's name was sent with the start. The server proves that it knows the password too.
 */
import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { ReplicationError } from './errors.ts';

const derive = promisify(pbkdf2);
const hmac = (key: Buffer, text: string | Buffer) => createHmac('sha256', key).update(text).digest();
/** `n,,`: no channel binding, no other identity. */
const header = 'n,,';
const maxIterations = 1_000_000;

export const mechanism = 'SCRAM-SHA-256';

export interface Scram {
  readonly first: string;
  /** @param challenge the server's first message. @returns the answer to it. */
  answer(challenge: string): Promise<string>;
  /** @throws ReplicationError when the server does not know the password. */
  check(final: string): void;
}

const broken = () => new ReplicationError('replication_protocol', 'the server does not speak SCRAM as it should');

function attributes(message: string): ReadonlyMap<string, string> {
  return new Map(message.split(',').map((part) => [part.slice(0, 1), part.slice(2)]));
}

/** @param nonce for the test with the vector of RFC 7677 alone. */
export function createScram(password: string, user = '', nonce = randomBytes(18).toString('base64')): Scram {
  const bare = `n=${user},r=${nonce}`;
  let expected: Buffer | undefined;
  return {
    first: header + bare,
    async answer(challenge) {
      const parts = attributes(challenge);
      const [combined, salt, rounds] = [parts.get('r') ?? '', parts.get('s') ?? '', Number(parts.get('i'))];
      // Whoever does not go on with our nonce plays back an old conversation.
      if (!combined.startsWith(nonce) || combined.length <= nonce.length || salt === '') throw broken();
      // The count comes from the other side: a huge one would keep us busy for hours.
      if (!Number.isInteger(rounds) || rounds < 1 || rounds > maxIterations) throw broken();
      const salted = await derive(password.normalize('NFKC'), Buffer.from(salt, 'base64'), rounds, 32, 'sha256');
      const clientKey = hmac(salted, 'Client Key');
      const without = `c=${Buffer.from(header).toString('base64')},r=${combined}`;
      const message = `${bare},${challenge},${without}`;
      const signature = hmac(createHash('sha256').update(clientKey).digest(), message);
      const proof = clientKey.map((byte, i) => byte ^ (signature[i] ?? 0));
      expected = hmac(hmac(salted, 'Server Key'), message);
      return `${without},p=${Buffer.from(proof).toString('base64')}`;
    },
    check(final) {
      const signature = Buffer.from(attributes(final).get('v') ?? '', 'base64');
      if (expected === undefined || signature.length !== expected.length || !timingSafeEqual(signature, expected))
        throw new ReplicationError('replication_refused', 'the server could not show that it knows the password');
    },
  };
}
