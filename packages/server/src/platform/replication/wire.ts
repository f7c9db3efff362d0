/**
 * One connection in PostgreSQL's protocol 3.0 ("Message Formats", chapter 54.7), as far as a copy needs it: start, sign in,
 * messages in and out. What comes is taken from the socket only as fast as it is used.
 */
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { ReplicationError } from './errors.ts';
import { createScram, mechanism } from './scram.ts';

export interface ReplicationAddress {
  /** A host, or the folder of a unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** Over TCP beyond loopback always; the certificate is verified. PEM of the authority where it is one's own. */
  readonly tls?: { readonly ca?: string };
  readonly application: string;
}

export interface Message {
  /** The letter of its type. */
  readonly type: string;
  readonly payload: Buffer;
}

export interface Wire {
  send(type: string, payload: Buffer): void;
  /** The next message. @throws ReplicationError also for the server's own errors. */
  next(): Promise<Message>;
  close(): void;
}

const connectMs = 10_000;
/** A message holds a row or a piece of a copy. Nothing that we ask for has more. */
const maxMessageBytes = 16 * 1024 * 1024;

const int32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
export const cString = (text: string) => Buffer.concat([Buffer.from(text, 'utf8'), Buffer.from([0])]);

function frame(type: string, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from(type, 'latin1'), int32(payload.length + 4), payload]);
}

const lost = () => new ReplicationError('replication_lost', 'the connection to the database broke');
const unreachable = () => new ReplicationError('replication_unreachable', 'the database cannot be reached for a copy');

/** Takes bytes from the socket as they are asked for. */
function createReader(socket: Socket) {
  const chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let pending: Buffer = Buffer.alloc(0);
  return async (count: number): Promise<Buffer> => {
    if (pending.length < count) {
      const parts = [pending];
      let size = pending.length;
      while (size < count) {
        const { value, done } = await chunks.next().catch(() => ({ value: undefined, done: true as const }));
        if (done === true || value === undefined) throw lost();
        parts.push(value);
        size += value.length;
      }
      pending = parts.length === 1 ? (parts[0] ?? pending) : Buffer.concat(parts);
    }
    const bytes = pending.subarray(0, count);
    pending = pending.subarray(count);
    return bytes;
  };
}

function opened(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    const patience = setTimeout(() => socket.destroy(unreachable()), connectMs);
    socket.once(event, () => {
      clearTimeout(patience);
      resolve();
    });
    socket.once('error', () => {
      clearTimeout(patience);
      reject(unreachable());
    });
  });
}

/** "SSL Session Encryption", chapter 54.2.11: the server answers with one letter, and not a byte more may come with it. */
async function secured(plain: Socket, { host, tls }: ReplicationAddress): Promise<TLSSocket> {
  plain.write(Buffer.concat([int32(8), int32(80_877_103)]));
  const answer = await new Promise<Buffer>((resolve, reject) => {
    plain.once('data', resolve);
    plain.once('close', () => reject(unreachable()));
  });
  // CVE-2021-23222: bytes that came before the handshake were put there by somebody in between.
  if (answer.length !== 1 || answer[0] !== 0x53) {
    plain.destroy();
    throw new ReplicationError('replication_refused', 'the database does not offer TLS');
  }
  const socket = connectTls({
    socket: plain,
    host,
    servername: host,
    minVersion: 'TLSv1.2',
    ...(tls?.ca !== undefined && { ca: tls.ca }),
  });
  await opened(socket, 'secureConnect');
  return socket;
}

/** The fields of an error or notice: a letter and a text each. */
function sqlStateOf(payload: Buffer): string | undefined {
  for (const field of payload.toString('utf8').split('\0')) if (field.startsWith('C')) return field.slice(1, 6);
  return undefined;
}

/** Connects as a walsender's client (`replication=true`, "Streaming Replication Protocol"). @throws ReplicationError */
export async function openWire(address: ReplicationAddress): Promise<Wire> {
  const { host, port } = address;
  const plain = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect({ host, port });
  await opened(plain, 'connect');
  const socket: Socket = address.tls === undefined ? plain : await secured(plain, address);
  // Without a listener an error after the start would end the process; the reader reports it.
  socket.on('error', () => undefined);
  if (!host.startsWith('/')) socket.setKeepAlive(true, 30_000);
  const read = createReader(socket);

  async function next(): Promise<Message> {
    for (;;) {
      const head = await read(5);
      const type = String.fromCharCode(head[0] ?? 0);
      const length = head.readInt32BE(1) - 4;
      if (length < 0 || length > maxMessageBytes)
        throw new ReplicationError('replication_protocol', 'a message of the database has no possible length');
      const payload = length === 0 ? Buffer.alloc(0) : await read(length);
      // Notices and changed settings are nothing to us.
      if (type === 'N' || type === 'S') continue;
      if (type === 'E') throw new ReplicationError('replication_refused', 'the database refused', sqlStateOf(payload));
      return { type, payload };
    }
  }

  const wire: Wire = {
    send(type, payload) {
      if (!socket.destroyed) socket.write(frame(type, payload));
    },
    next,
    close() {
      if (!socket.destroyed) socket.end(frame('X', Buffer.alloc(0)), () => socket.destroy());
    },
  };
  try {
    socket.write(start(address));
    await signIn(wire, address);
    return wire;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function start({ user, application }: ReplicationAddress): Buffer {
  const words = { user, replication: 'true', application_name: application, client_encoding: 'UTF8' };
  const body = Buffer.concat([
    int32(196_608),
    ...Object.entries(words).flatMap(([name, value]) => [cString(name), cString(value)]),
    Buffer.from([0]),
  ]);
  return Buffer.concat([int32(body.length + 4), body]);
}

async function signIn(wire: Wire, { password }: ReplicationAddress): Promise<void> {
  const scram = createScram(password);
  let begun = false;
  let proved = false;
  for (;;) {
    const { type, payload } = await wire.next();
    if (type === 'Z') return;
    if (type === 'K') continue;
    if (type !== 'R') throw new ReplicationError('replication_protocol', 'an answer that no sign-in has');
    const rest = payload.subarray(4);
    switch (payload.readInt32BE(0)) {
      case 0:
        // Trust, or SCRAM that ended. Who stops half-way and says that all is well did not show that it knows the password.
        if (begun && !proved) throw new ReplicationError('replication_refused', 'the sign-in was cut short');
        break;
      case 10:
        if (!rest.toString('latin1').split('\0').includes(mechanism))
          throw new ReplicationError('replication_unsupported', 'the database offers no SCRAM-SHA-256');
        begun = true;
        wire.send(
          'p',
          Buffer.concat([cString(mechanism), int32(Buffer.byteLength(scram.first)), Buffer.from(scram.first)]),
        );
        break;
      case 11:
        wire.send('p', Buffer.from(await scram.answer(rest.toString('utf8'))));
        break;
      case 12:
        scram.check(rest.toString('utf8'));
        proved = true;
        break;
      default:
        // 3 is the password in clear text, 5 is MD5: neither is a secret on the way (BSI TR-02102-1).
        throw new ReplicationError(
          'replication_unsupported',
          'the database asks for a password in clear text or MD5; set password_encryption to scram-sha-256',
        );
    }
  }
}
