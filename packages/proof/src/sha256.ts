import { viewOf } from './bytes.ts';

/**
 * A synchronous SHA-256: any bytes in, 32 bytes out. It must not keep `data`, because tree building reuses one buffer.
 * A server passes the platform's, such as Node's `(data) => hash('sha256', data, 'buffer')`.
 */
export type Hasher = (data: Uint8Array) => Uint8Array;

/** FIPS 180-4, section 4.2.2: the first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
// biome-ignore format: a table
const roundConstants = new Int32Array([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]);
/** FIPS 180-4, section 5.3.3: the same of the square roots of the first 8 primes. */
const initialState = new Int32Array([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
]);

const blockLength = 64;
/** The message schedule. One for all calls is safe: a call never yields, and each block writes all of it first. */
const schedule = new Int32Array(64);

/** Every index here is within its table by construction; the type system cannot see that. */
function at(words: Int32Array, index: number): number {
  return words[index] ?? 0;
}

function rotate(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by));
}

/** FIPS 180-4, section 6.2.2, for the block that starts at `offset`. */
function compress(state: Int32Array, message: DataView, offset: number): void {
  for (let t = 0; t < 16; t += 1) schedule[t] = message.getInt32(offset + 4 * t);
  for (let t = 16; t < 64; t += 1) {
    const early = at(schedule, t - 15);
    const late = at(schedule, t - 2);
    const sigma0 = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3);
    const sigma1 = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10);
    schedule[t] = sigma1 + at(schedule, t - 7) + sigma0 + at(schedule, t - 16);
  }
  let a = at(state, 0);
  let b = at(state, 1);
  let c = at(state, 2);
  let d = at(state, 3);
  let e = at(state, 4);
  let f = at(state, 5);
  let g = at(state, 6);
  let h = at(state, 7);
  for (let t = 0; t < 64; t += 1) {
    const sum1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const choice = (e & f) ^ (~e & g);
    const first = (h + sum1 + choice + at(roundConstants, t) + at(schedule, t)) | 0;
    const sum0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + sum0 + majority) | 0;
  }
  state[0] = at(state, 0) + a;
  state[1] = at(state, 1) + b;
  state[2] = at(state, 2) + c;
  state[3] = at(state, 3) + d;
  state[4] = at(state, 4) + e;
  state[5] = at(state, 5) + f;
  state[6] = at(state, 6) + g;
  state[7] = at(state, 7) + h;
}

/**
 * SHA-256 (FIPS 180-4) in plain code, for verifying where only WebCrypto is at hand: a proof needs dozens of hashes one
 * after the other, and each asynchronous call would cost more than the hash. Takes any bytes, returns 32 new ones.
 * Nothing secret passes through it, so it need not run in constant time.
 */
export function sha256(data: Uint8Array): Uint8Array {
  const state = new Int32Array(initialState);
  const whole = data.length - (data.length % blockLength);
  const message = viewOf(data);
  for (let offset = 0; offset < whole; offset += blockLength) compress(state, message, offset);

  // Section 5.1.1: a one bit, zeros, and the length in bits as 64 bits; two blocks when they do not fit into one.
  const rest = data.subarray(whole);
  const tail = new Uint8Array(rest.length + 9 > blockLength ? 2 * blockLength : blockLength);
  tail.set(rest);
  tail[rest.length] = 0x80;
  const padded = viewOf(tail);
  padded.setBigUint64(tail.length - 8, BigInt(data.length) * 8n);
  for (let offset = 0; offset < tail.length; offset += blockLength) compress(state, padded, offset);

  const digest = new Uint8Array(32);
  const out = viewOf(digest);
  for (let i = 0; i < state.length; i += 1) out.setInt32(4 * i, at(state, i));
  return digest;
}
