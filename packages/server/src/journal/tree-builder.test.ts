import { randomBytes } from 'node:crypto';
import { emptyRoot } from '@obhut/proof';
import { afterEach, expect, test } from 'vitest';
import { sha256 } from './sha256.ts';
import { createTreeBuilder, type Extension, extendHere } from './tree-builder.ts';

const builder = createTreeBuilder();
afterEach(() => builder.close());

const empty = (leaves: number): Extension => ({
  size: 0n,
  edge: [],
  leaves: randomBytes(leaves * 32),
  root: emptyRoot(sha256),
});

test('the thread builds the same tree as would have been built here', async () => {
  const extension = empty(5_000);
  const built = await builder.extend(extension);
  const here = extendHere(extension);
  expect(built.size).toBe(5_000n);
  expect(Buffer.from(built.root).equals(Buffer.from(here.root))).toBe(true);
  expect(built.tiles.map(({ level, index, width }) => [level, index, width])).toEqual(
    here.tiles.map(({ level, index, width }) => [level, index, width]),
  );
  expect(built.tiles.every(({ data }, i) => Buffer.compare(data, here.tiles[i]?.data ?? Buffer.alloc(0)) === 0)).toBe(
    true,
  );
});

test('several trees at once each get their own answer', async () => {
  const extensions = [400, 700, 300, 100].map(empty);
  const built = await Promise.all(extensions.map((extension) => builder.extend(extension)));
  expect(built.map(({ root }) => Buffer.from(root).toString('hex'))).toEqual(
    extensions.map((extension) => Buffer.from(extendHere(extension).root).toString('hex')),
  );
});

test('an edge that does not fit its root fails, and the next tree is built all the same', async () => {
  const wrong = { ...empty(1_000), root: randomBytes(32) };
  await expect(async () => builder.extend(wrong)).rejects.toThrow(/another root/);
  await expect(Promise.resolve(builder.extend(empty(1_000)))).resolves.toMatchObject({ size: 1_000n });
});

test('it can be closed while it works, and begins anew when it is asked again', async () => {
  const working = Promise.resolve(builder.extend(empty(3_000)));
  await builder.close();
  await expect(working).resolves.toMatchObject({ size: 3_000n });
  await expect(Promise.resolve(builder.extend(empty(600)))).resolves.toMatchObject({ size: 600n });
});
