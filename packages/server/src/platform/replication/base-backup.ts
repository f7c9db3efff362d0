/**
 * BASE_BACKUP as PostgreSQL 15 and later send it ("BASE_BACKUP", chapter 54.4): one copy stream with all archives in it, the
 * manifest with a SHA-256 of each file at its end. The log that the copy needs comes with it, so that each backup stands alone.
 */
import { ReplicationError } from './errors.ts';
import { type Lsn, parseLsn } from './lsn.ts';
import { rowOf } from './rows.ts';
import { cString, type Wire } from './wire.ts';

export interface BaseBackupEnd {
  readonly end: Lsn;
  readonly timeline: number;
}

export type BackupPart =
  /** The tar of the data folder begins or goes on. */
  | { readonly kind: 'archive'; readonly bytes: Buffer }
  /** PostgreSQL's own manifest, after the archive. */
  | { readonly kind: 'manifest'; readonly bytes: Buffer }
  | { readonly kind: 'progress'; readonly doneBytes: number };

export interface BaseBackup {
  readonly start: Lsn;
  readonly timeline: number;
  /** As estimated at the start. */
  readonly totalBytes: number;
  /** Everything, in order. To stop half-way, close the connection. */
  parts(): AsyncGenerator<BackupPart, BaseBackupEnd>;
}

const protocol = (what: string) => new ReplicationError('replication_protocol', what);
const labelForm = /^[A-Za-z0-9 .:-]{1,60}$/;

/** The rows of the next result set. */
async function resultSet(wire: Wire): Promise<readonly (readonly (string | null)[])[]> {
  const rows: (readonly (string | null)[])[] = [];
  for (;;) {
    const message = await wire.next();
    if (message.type === 'T') continue;
    if (message.type === 'D') rows.push(rowOf(message));
    else if (message.type === 'C') return rows;
    else throw protocol('a base backup that does not begin as one');
  }
}

/** @throws ReplicationError `replication_unsupported` where there are tablespaces. */
export async function receiveBaseBackup(wire: Wire, label: string): Promise<BaseBackup> {
  if (!labelForm.test(label)) throw new TypeError('not a label');
  const options = [
    `LABEL '${label}'`,
    'PROGRESS true',
    "CHECKPOINT 'fast'",
    'WAL true',
    "MANIFEST 'yes'",
    "MANIFEST_CHECKSUMS 'SHA256'",
  ];
  wire.send('Q', cString(`BASE_BACKUP (${options.join(', ')})`));
  const [[start, timeline] = []] = await resultSet(wire);
  const spaces = await resultSet(wire);
  if (start == null || timeline == null) throw protocol('a base backup without a start');
  if (spaces.some(([oid]) => oid !== null))
    throw new ReplicationError(
      'replication_unsupported',
      'the database has tablespaces of its own, which Obhut does not copy; move their tables to pg_default',
    );
  const kilobytes = Number(spaces[0]?.[2] ?? 0);
  const copy = await wire.next();
  if (copy.type !== 'H') throw protocol('a base backup without a copy');

  async function* parts(): AsyncGenerator<BackupPart, BaseBackupEnd> {
    let into: 'archive' | 'manifest' | undefined;
    let archives = 0;
    let ended = false;
    while (!ended) {
      const { type, payload } = await wire.next();
      if (type === 'c') {
        ended = true;
        continue;
      }
      if (type !== 'd') throw protocol('a base backup that breaks off');
      const bytes = payload.subarray(1);
      switch (String.fromCharCode(payload[0] ?? 0)) {
        case 'n':
          archives += 1;
          if (archives > 1) throw protocol('more than one archive');
          into = 'archive';
          break;
        case 'm':
          into = 'manifest';
          break;
        case 'd':
          if (into === undefined) throw protocol('content before its archive');
          yield { kind: into, bytes };
          break;
        case 'p':
          yield { kind: 'progress', doneBytes: Number(bytes.readBigInt64BE(0)) };
          break;
        default:
          throw protocol('a base backup with a part that nobody knows');
      }
    }
    if (into !== 'manifest') throw protocol('a base backup without a manifest');
    const [[end, endTimeline] = []] = await resultSet(wire);
    if (end == null || endTimeline == null) throw protocol('a base backup without an end');
    for (;;) if ((await wire.next()).type === 'Z') break;
    return { end: parseLsn(end), timeline: Number(endTimeline) };
  }

  return { start: parseLsn(start), timeline: Number(timeline), totalBytes: kilobytes * 1_024, parts };
}
