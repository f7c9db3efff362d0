import type { Terminal } from './terminal.ts';

/** One JSON value on one line, for machines. */
export function printJson(terminal: Terminal, value: unknown): Promise<void> {
  return terminal.out(`${JSON.stringify(value)}\n`);
}

/** Label and value, one pair a line. */
export function printPairs(terminal: Terminal, pairs: readonly (readonly [string, string])[]): Promise<void> {
  const width = Math.max(...pairs.map(([label]) => label.length));
  return terminal.out(pairs.map(([label, value]) => `  ${label.padEnd(width)}  ${value}\n`).join(''));
}

/** Columns as wide as their widest cell. */
export function printTable(terminal: Terminal, rows: readonly (readonly string[])[]): Promise<void> {
  const widths = (rows[0] ?? []).map((_cell, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return terminal.out(lines.map((line) => `${line}\n`).join(''));
}
