/**
 * START_REPLICATION: the write-ahead log as it is flushed ("START_REPLICATION … PHYSICAL", chapter 54.4). The server keeps
 * what we have not confirmed, so we confirm only what lies durable elsewhere.
 */
import { ReplicationError } from './errors.ts';
import { asLsn, type Lsn } from './lsn.ts';
import { cString, type Wire } from './wire.ts';

export type WalMessage =
  | { readonly kind: 'data'; readonly at: Lsn; readonly bytes: Buffer }
  /** The server lives; so far its log reaches. */
  | { readonly kind: 'alive'; readonly end: Lsn }
  /** The timeline is over: the server was promoted elsewhere, or stops. */
  | { readonly kind: 'end' };

export interface WalStream {
  next(): Promise<WalMessage>;
  /** Tells the server that everything before this place lies durable with us. */
  confirm(durable: Lsn): void;
}

export async function receiveWal(wire: Wire, command: string, from: Lsn): Promise<WalStream> {
  wire.send('Q', cString(command));
  const copy = await wire.next();
  if (copy.type !== 'W') throw new ReplicationError('replication_protocol', 'a log that does not begin as one');
  let received = from;
  let durable = from;

  /** Standby status update: written, flushed, applied, the clock, no answer wanted. Applied is never: nothing is. */
  function report(): void {
    const status = Buffer.alloc(34);
    status.write('r', 0, 'latin1');
    status.writeBigUInt64BE(received, 1);
    status.writeBigUInt64BE(durable, 9);
    status.writeBigUInt64BE(0n, 17);
    // Our clock stays 0: the server only shows it.
    wire.send('d', status);
  }

  return {
    async next() {
      for (;;) {
        const { type, payload } = await wire.next();
        if (type === 'c' || type === 'C' || type === 'T' || type === 'D') return { kind: 'end' };
        if (type !== 'd') throw new ReplicationError('replication_protocol', 'a log with a part that nobody knows');
        const kind = String.fromCharCode(payload[0] ?? 0);
        if (kind === 'w') {
          const at = asLsn(payload.readBigUInt64BE(1));
          const bytes = payload.subarray(25);
          // What is missing in between could never be replayed.
          if (at !== received) throw new ReplicationError('replication_protocol', 'the log has a gap');
          received = asLsn(at + BigInt(bytes.length));
          return { kind: 'data', at, bytes };
        }
        if (kind === 'k') {
          if (payload[17] === 1) report();
          return { kind: 'alive', end: asLsn(payload.readBigUInt64BE(1)) };
        }
      }
    },
    confirm(place) {
      if (place > durable) durable = place;
      report();
    },
  };
}
