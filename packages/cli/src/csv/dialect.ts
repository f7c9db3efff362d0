/** How a file separates its fields. */

const delimiters = [';', ',', '\t', '|'] as const;

/** Excel's own first line, `sep=;`, which says it outright and is no row. */
const excelLine = /^sep=(.)\r?\n/;

/** Times each delimiter stands in the first record outside quotes. */
function countInHeader(text: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  let quoted = false;
  for (const character of text) {
    if (character === '"') quoted = !quoted;
    else if (!quoted && (character === '\n' || character === '\r')) {
      if (counts.size > 0) break;
    } else if (!quoted) counts.set(character, (counts.get(character) ?? 0) + 1);
  }
  return counts;
}

export interface Dialect {
  readonly delimiter: string;
  /** Characters and lines before the header that say how to read it. */
  readonly skipCharacters: number;
  readonly skipLines: number;
}

/**
 * The delimiter that stands most often in the header outside quotes; of equals, the semicolon before the comma before the
 * tab. A file with one column has none, and is read with the semicolon.
 * @param head the beginning of the text, with at least its header.
 */
export function detectDialect(head: string): Dialect {
  const [line, said] = excelLine.exec(head) ?? [];
  if (line !== undefined && said !== undefined) return { delimiter: said, skipCharacters: line.length, skipLines: 1 };
  const counts = countInHeader(head);
  let best: string = delimiters[0];
  for (const candidate of delimiters) {
    if ((counts.get(candidate) ?? 0) > (counts.get(best) ?? 0)) best = candidate;
  }
  return { delimiter: best, skipCharacters: 0, skipLines: 0 };
}

/** What a person may call a delimiter on the command line. */
export function delimiterOf(name: string): string | undefined {
  const named = { tab: '\t', '\\t': '\t', semicolon: ';', comma: ',', pipe: '|' }[name] ?? name;
  return named.length === 1 && !/["\r\n\s]/.test(named.replace('\t', '|')) ? named : undefined;
}
