import type { Message } from './wire.ts';

export type Row = readonly (string | null)[];

/** The columns of a DataRow ("Message Formats"), as text. */
export function rowOf({ payload }: Message): Row {
  const count = payload.readInt16BE(0);
  const row: (string | null)[] = [];
  let at = 2;
  for (let column = 0; column < count; column += 1) {
    const length = payload.readInt32BE(at);
    at += 4;
    row.push(length < 0 ? null : payload.toString('utf8', at, at + length));
    at += Math.max(length, 0);
  }
  return row;
}
