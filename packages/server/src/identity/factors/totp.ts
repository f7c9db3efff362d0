/** Codes of an authenticator app (RFC 6238): SHA-1, 6 digits, 30 s, one step of tolerance. A step is never taken twice. */
import { Secret, TOTP } from 'otpauth';

const period = 30;
const window = 1;
const secretBytes = 20;

const options = { algorithm: 'SHA1', digits: 6, period } as const;

/** A new secret: 160 random bits. */
export function newTotpSecret(): Buffer {
  return Buffer.from(new Secret({ size: secretBytes }).buffer);
}

/** For typing and for a QR code. */
export function totpEnrolment(secret: Uint8Array, issuer: string, label: string): { secret: string; uri: string } {
  const own = new Secret({ buffer: Uint8Array.from(secret).buffer });
  return { secret: own.base32, uri: new TOTP({ ...options, issuer, label, secret: own }).toString() };
}

/** @returns the step that the code is of, or `undefined`. The caller takes a step only once. */
export function totpStep(secret: Uint8Array, code: string, now: Date): number | undefined {
  if (!/^[0-9]{6}$/.test(code)) return undefined;
  const totp = new TOTP({ ...options, secret: new Secret({ buffer: Uint8Array.from(secret).buffer }) });
  const delta = totp.validate({ token: code, timestamp: now.getTime(), window });
  return delta === null ? undefined : Math.floor(now.getTime() / 1_000 / period) + delta;
}
