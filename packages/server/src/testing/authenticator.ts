/** A passkey in software, as a browser and an authenticator together would answer (WebAuthn Level 3, ES256, no attestation). */
import { createHash, createSign, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';

interface Options {
  readonly challenge: string;
  readonly rpId?: string;
  readonly rp?: { readonly id?: string };
}

export interface Authenticator {
  readonly id: string;
  /** Answers `navigator.credentials.create`. */
  create(options: unknown): object;
  /** Answers `navigator.credentials.get`. */
  get(options: unknown): object;
  /** What a lost or dishonest device would do. */
  readonly habits: { verifiesUser: boolean; origin: string; aaguid: string };
}

const sha256 = (data: Uint8Array | string) => createHash('sha256').update(data).digest();
const url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');

/** Definite-length CBOR (RFC 8949) of what is needed here: whole numbers, bytes, texts, maps. */
function cbor(value: number | string | Uint8Array | ReadonlyMap<number | string, unknown>): Buffer {
  const head = (major: number, n: number): Buffer =>
    n < 24
      ? Buffer.from([(major << 5) | n])
      : n < 256
        ? Buffer.from([(major << 5) | 24, n])
        : Buffer.from([(major << 5) | 25, n >> 8, n & 255]);
  if (typeof value === 'number') return value >= 0 ? head(0, value) : head(1, -1 - value);
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value]);
  const entries = [...value].flatMap(([key, one]) => [cbor(key), cbor(one as number)]);
  return Buffer.concat([head(5, value.size), ...entries]);
}

function coseKey(key: KeyObject): Buffer {
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  return cbor(
    new Map<number, unknown>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, Buffer.from(x, 'base64url')],
      [-3, Buffer.from(y, 'base64url')],
    ]),
  );
}

export function createAuthenticator(origin = 'http://localhost'): Authenticator {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const id = randomBytes(16);
  const habits = { verifiesUser: true, origin, aaguid: '00000000-0000-0000-0000-000000000000' };
  let counter = 0;

  const clientData = (type: string, challenge: string) =>
    Buffer.from(JSON.stringify({ type, challenge, origin: habits.origin, crossOrigin: false }));

  function authenticatorData(domain: string, attested: boolean): Buffer {
    const flags = 0x01 | (habits.verifiesUser ? 0x04 : 0) | (attested ? 0x40 : 0);
    const count = Buffer.alloc(4);
    count.writeUInt32BE(counter++);
    const parts: Buffer[] = [sha256(domain), Buffer.from([flags]), count];
    if (attested)
      parts.push(
        Buffer.from(habits.aaguid.replaceAll('-', ''), 'hex'),
        Buffer.from([0, id.length]),
        id,
        coseKey(publicKey),
      );
    return Buffer.concat(parts);
  }

  return {
    id: url(id),
    habits,
    create(options) {
      const { challenge, rp } = options as Options;
      const attestation = new Map<string, unknown>([
        ['fmt', 'none'],
        ['attStmt', new Map()],
        ['authData', authenticatorData(rp?.id ?? 'localhost', true)],
      ]);
      return {
        id: url(id),
        rawId: url(id),
        type: 'public-key',
        clientExtensionResults: {},
        response: {
          clientDataJSON: url(clientData('webauthn.create', challenge)),
          attestationObject: url(cbor(attestation)),
          transports: ['internal'],
        },
      };
    },
    get(options) {
      const { challenge, rpId = 'localhost' } = options as Options;
      const data = authenticatorData(rpId, false);
      const client = clientData('webauthn.get', challenge);
      const signature = createSign('sha256')
        .update(Buffer.concat([data, sha256(client)]))
        .sign(privateKey);
      return {
        id: url(id),
        rawId: url(id),
        type: 'public-key',
        clientExtensionResults: {},
        response: { clientDataJSON: url(client), authenticatorData: url(data), signature: url(signature) },
      };
    },
  };
}
