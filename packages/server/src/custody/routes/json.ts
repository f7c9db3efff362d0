/** Joins JSON texts into one body without parsing them again. */
export function joinJson(head: string, items: readonly (readonly (string | Buffer)[])[], tail: string): Buffer {
  const parts: Buffer[] = [Buffer.from(head)];
  for (const [index, item] of items.entries()) {
    if (index > 0) parts.push(Buffer.from(','));
    for (const piece of item) parts.push(typeof piece === 'string' ? Buffer.from(piece) : piece);
  }
  parts.push(Buffer.from(tail));
  return Buffer.concat(parts);
}
