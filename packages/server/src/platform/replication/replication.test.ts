import { createServer, type Server } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { connect, startTestCluster } from '../../testing/cluster.ts';
import { adminUser } from '../database/embedded.ts';
import { replicationRole } from '../database/roles.ts';
import type { ReplicationError } from './errors.ts';
import { formatLsn, parseLsn, segmentFile, segmentOf } from './lsn.ts';
import { openReplication, type Replication } from './replication.ts';
import { createScram } from './scram.ts';
import { readTar } from './tar.ts';
import type { ReplicationAddress } from './wire.ts';

const addressOf = (password = inject('cluster').password): ReplicationAddress => ({
  host: inject('cluster').socketFolder,
  port: 5432,
  user: replicationRole,
  password,
  application: 'obhut test backup',
});

const opened: Replication[] = [];
async function open(address = addressOf()): Promise<Replication> {
  const replication = await openReplication(address);
  opened.push(replication);
  return replication;
}
afterEach(() => {
  for (const one of opened.splice(0)) one.close();
});

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'it worked',
    (error: ReplicationError) => error.code,
  );

describe('the start of a copy', () => {
  it('answers the vector of RFC 7677, and takes no server that does not know the password', async () => {
    const scram = createScram('pencil', 'user', 'rOprNGfwEbeRWgbNEkqO');
    expect(scram.first).toBe('n,,n=user,r=rOprNGfwEbeRWgbNEkqO');
    const challenge = 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096';
    expect(await scram.answer(challenge)).toBe(
      'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
    );
    expect(() => scram.check('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=')).not.toThrow();
    expect(() => scram.check('v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=')).toThrow('knows the password');
  });

  it('tells who the cluster is', async () => {
    const one = await open();
    const { systemId, timeline, flushed } = await one.identify();
    expect(systemId).toMatch(/^\d{15,20}$/);
    expect([timeline, await one.segmentBytes()]).toEqual([1, 16 * 1024 * 1024]);
    expect(flushed).toBeGreaterThan(0n);
  });

  it('refuses a wrong password, and says so without it', async () => {
    const error = await openReplication(addressOf('hunter2')).catch((thrown: ReplicationError) => thrown);
    expect(error).toMatchObject({ code: 'replication_refused', sqlState: '28P01' });
    expect(String((error as Error).message)).not.toContain('hunter2');
  });

  it('knows a place where nobody is', async () => {
    expect(await codeOf(openReplication({ ...addressOf(), host: '/nowhere' }))).toBe('replication_unreachable');
  });

  it('can open no database with its role', async () => {
    const database = connect(inject('cluster'), 'postgres', adminUser, 1);
    const [row] = await database.query<{ super: boolean; db: boolean }>(
      'select rolsuper as super, rolcreatedb as db from pg_roles where rolname = $1',
      [replicationRole],
    );
    await database.close();
    expect(row).toEqual({ super: false, db: false });
  });

  /** Says what it is told to, whatever it is asked. */
  async function liar(answer: Buffer): Promise<{ readonly server: Server; readonly address: ReplicationAddress }> {
    const server = createServer((socket) => {
      socket.once('data', () => socket.write(answer));
      socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const bound = server.address();
    const port = typeof bound === 'object' ? (bound?.port ?? 0) : 0;
    return { server, address: { ...addressOf(), host: '127.0.0.1', port } };
  }
  const request = (kind: number) => {
    const message = Buffer.alloc(9);
    message.write('R', 0);
    message.writeInt32BE(8, 1);
    message.writeInt32BE(kind, 5);
    return message;
  };

  it.each([
    ['a password in clear text', request(3), 'replication_unsupported'],
    ['MD5', request(5), 'replication_unsupported'],
    ['a message of 2 GB', Buffer.from([0x52, 0x7f, 0xff, 0xff, 0xff]), 'replication_protocol'],
    ['nonsense', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), 'replication_protocol'],
  ])('does not take %s', async (_what, answer, code) => {
    const { server, address } = await liar(answer);
    expect(await codeOf(openReplication(address))).toBe(code);
    server.close();
  });

  it('does not go on in the clear where TLS is wanted and not offered, nor with bytes before the handshake', async () => {
    for (const answer of ['N', 'Sx']) {
      const { server, address } = await liar(Buffer.from(answer));
      expect(await codeOf(openReplication({ ...address, tls: {} }))).toBe('replication_refused');
      server.close();
    }
  });
});

describe('places in the log', () => {
  it('are read, written and given to their file', () => {
    const lsn = parseLsn('16/B374D848');
    expect(formatLsn(lsn)).toBe('16/B374D848');
    expect(segmentFile(3, segmentOf(lsn, 16_777_216), 16_777_216)).toBe('0000000300000016000000B3');
    expect(() => parseLsn('16/B374D848; drop')).toThrow(TypeError);
  });
});

describe('a slot and the log', () => {
  let own: Awaited<ReturnType<typeof startTestCluster>>;
  beforeAll(async () => {
    own = await startTestCluster();
  });
  afterAll(() => own.stop());
  const ownAddress = () => ({ ...addressOf(own.address.password), host: own.address.socketFolder });

  it('streams what is committed, without a gap, and goes on where it was confirmed', { timeout: 60_000 }, async () => {
    const control = await open(ownAddress());
    expect(await control.slot('obhut_test')).toBeUndefined();
    await control.createSlot('obhut_test');
    await control.createSlot('obhut_test');
    const slot = await control.slot('obhut_test');
    const size = await control.segmentBytes();
    const { timeline } = await control.identify();
    const from = parseLsn(formatLsn(((slot?.restart ?? 0n) - ((slot?.restart ?? 0n) % BigInt(size))) as never));
    const database = connect(own.address, 'postgres', adminUser, 1);
    await database.query('create table marked as select $1::text as m', ['a-marker-in-the-log']);

    const reader = await open(ownAddress());
    const stream = await reader.wal('obhut_test', from, timeline);
    const seen: Buffer[] = [];
    let at: bigint = from;
    while (!Buffer.concat(seen).includes('a-marker-in-the-log')) {
      const message = await stream.next();
      if (message.kind !== 'data') continue;
      expect(message.at).toBe(at);
      at += BigInt(message.bytes.length);
      seen.push(message.bytes);
    }
    stream.confirm(at as never);
    for (;;) {
      const place = (await control.slot('obhut_test'))?.restart ?? 0n;
      if (place >= at) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await database.close();
    reader.close();
    await control.dropSlot('obhut_test');
    expect(await control.slot('obhut_test')).toBeUndefined();
  });

  it('refuses a tablespace with a sentence', { timeout: 60_000 }, async () => {
    const database = connect(own.address, 'postgres', adminUser, 1);
    await database.query('set allow_in_place_tablespaces = on');
    await database.query("create tablespace elsewhere location ''");
    const control = await open(ownAddress());
    expect(await codeOf(control.baseBackup('obhut test'))).toBe('replication_unsupported');
    await database.query('drop tablespace elsewhere');
    await database.close();
  });
});

describe('an archive', () => {
  async function* inPieces(bytes: Buffer, size: number) {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  function header(path: string, content: Buffer, type = '0'): Buffer {
    const bytes = Buffer.alloc(512);
    bytes.write(path, 0);
    bytes.write('0000600\0', 100);
    bytes.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
    bytes.write('        ', 148);
    bytes.write(type, 156);
    bytes.write('ustar\x0000', 257);
    const sum = bytes.reduce((all, byte) => all + byte, 0);
    bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return Buffer.concat([bytes, content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
  }
  async function read(bytes: Buffer, size: number) {
    const files = new Map<string, string>();
    let path = '';
    for await (const part of readTar(inPieces(bytes, size))) {
      if (part.kind === 'content') files.set(path, (files.get(path) ?? '') + part.bytes.toString());
      else {
        path = part.path;
        files.set(path, '');
      }
    }
    return Object.fromEntries(files);
  }
  const archive = Buffer.concat([
    header('base', Buffer.alloc(0), '5'),
    header('base/1', Buffer.from('x'.repeat(700))),
    header('PG_VERSION', Buffer.from('18\n')),
  ]);

  it('is the same in pieces of any size', async () => {
    for (const size of [1, 7, 511, 512, 513, 4_096])
      expect(await read(archive, size)).toEqual({ base: '', 'base/1': 'x'.repeat(700), PG_VERSION: '18\n' });
  });

  it.each([
    ['leads out of its folder', header('../evil', Buffer.from('x'))],
    ['is absolute', header('/etc/evil', Buffer.from('x'))],
    ['is a link', header('link', Buffer.alloc(0), '2')],
    ['is cut off', archive.subarray(0, 900)],
    ['has a damaged header', Buffer.concat([Buffer.from('y'), archive.subarray(1)])],
  ])('is refused where it %s', async (_what, bytes) => {
    expect(await codeOf(read(bytes, 512))).toBe('replication_protocol');
  });
});
