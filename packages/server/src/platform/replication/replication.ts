/**
 * What a copy asks of PostgreSQL ("Streaming Replication Protocol", chapter 54.4): who it is, a slot that keeps the log, a
 * base backup, the log itself. One connection does one of these at a time.
 */
import { type BaseBackup, receiveBaseBackup } from './base-backup.ts';
import { ReplicationError } from './errors.ts';
import { formatLsn, type Lsn, parseLsn } from './lsn.ts';
import { type Row, rowOf } from './rows.ts';
import { receiveWal, type WalStream } from './wal-stream.ts';
import { cString, openWire, type ReplicationAddress, type Wire } from './wire.ts';

export interface SystemIdentity {
  /** A number that a cluster gets when it is made, and keeps over restores. */
  readonly systemId: string;
  readonly timeline: number;
  /** How far the log is flushed. */
  readonly flushed: Lsn;
}

export interface Slot {
  readonly name: string;
  /** From here on the log is kept; `undefined` where the slot fell behind its cap and the log is gone. */
  readonly restart: Lsn | undefined;
}

export interface Replication {
  identify(): Promise<SystemIdentity>;
  /** Bytes of a segment, from the server's own setting. */
  segmentBytes(): Promise<number>;
  /** The slot of this name, as it is. */
  slot(name: string): Promise<Slot | undefined>;
  /** A physical slot that keeps the log from now on. Does nothing where there is one. */
  createSlot(name: string): Promise<void>;
  dropSlot(name: string): Promise<void>;
  /** A copy of the whole cluster, as a stream. @param label stands in `backup_label`. */
  baseBackup(label: string): Promise<BaseBackup>;
  /** The log from a place on, for as long as it is read. */
  wal(slot: string, from: Lsn, timeline: number): Promise<WalStream>;
  close(): void;
}

const slotName = /^[a-z0-9_]{1,63}$/;

/** A simple query to its end. */
async function queryOn(wire: Wire, text: string): Promise<readonly Row[]> {
  wire.send('Q', cString(text));
  const rows: Row[] = [];
  for (;;) {
    const message = await wire.next();
    if (message.type === 'Z') return rows;
    if (message.type === 'D') rows.push(rowOf(message));
  }
}

const sizes: Readonly<Record<string, number>> = { kB: 1_024, MB: 1_048_576, GB: 1_073_741_824 };

function bytesOf(setting: string | null | undefined): number {
  const parts = /^(\d+)(kB|MB|GB)$/.exec(setting ?? '');
  const bytes = Number(parts?.[1]) * (sizes[parts?.[2] ?? ''] ?? Number.NaN);
  if (!Number.isInteger(bytes)) throw new ReplicationError('replication_protocol', 'no size of a segment');
  return bytes;
}

/** @throws ReplicationError */
export async function openReplication(address: ReplicationAddress): Promise<Replication> {
  const wire = await openWire(address);
  const named = (name: string) => {
    if (!slotName.test(name)) throw new TypeError('not a name of a slot');
    return name;
  };
  async function slot(name: string): Promise<Slot | undefined> {
    const [[kind, restart] = []] = await queryOn(wire, `READ_REPLICATION_SLOT ${named(name)}`);
    if (kind === null || kind === undefined) return undefined;
    if (kind !== 'physical')
      throw new ReplicationError('replication_unsupported', 'the slot of this name is not a physical one');
    return { name, restart: restart === null || restart === undefined ? undefined : parseLsn(restart) };
  }
  return {
    async identify() {
      const [[systemId, timeline, flushed] = []] = await queryOn(wire, 'IDENTIFY_SYSTEM');
      if (systemId == null || timeline == null || flushed == null)
        throw new ReplicationError('replication_protocol', 'the database does not say who it is');
      return { systemId, timeline: Number(timeline), flushed: parseLsn(flushed) };
    },
    async segmentBytes() {
      const [[size] = []] = await queryOn(wire, 'SHOW wal_segment_size');
      return bytesOf(size);
    },
    slot,
    async createSlot(name) {
      if ((await slot(name)) !== undefined) return;
      await queryOn(wire, `CREATE_REPLICATION_SLOT ${named(name)} PHYSICAL (RESERVE_WAL true)`);
    },
    async dropSlot(name) {
      await queryOn(wire, `DROP_REPLICATION_SLOT ${named(name)} WAIT`);
    },
    baseBackup: (label) => receiveBaseBackup(wire, label),
    wal: (name, from, timeline) =>
      receiveWal(wire, `START_REPLICATION SLOT ${named(name)} PHYSICAL ${formatLsn(from)} TIMELINE ${timeline}`, from),
    close: wire.close,
  };
}
