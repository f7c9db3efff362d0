import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { SecretKey } from '../crypto/key.ts';
import { createStreamBox } from './stream-box.ts';

const box = createStreamBox(SecretKey.generate());

async function* chunksOf(content: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size);
}
async function all(parts: AsyncIterable<Buffer>): Promise<Buffer> {
  const got: Buffer[] = [];
  for await (const part of parts) got.push(Buffer.from(part));
  return Buffer.concat(got);
}
const opened = (name: string, sealed: Buffer, size = 10_000, bytes = sealed.length) =>
  all(box.open(name, chunksOf(sealed, size), bytes));

it.each([0, 1, 65_535, 65_536, 65_537, 200_000])(
  'gives back %d bytes, in whatever pieces they come',
  async (length) => {
    const content = randomBytes(length);
    const sealed = await all(box.seal('a', chunksOf(content, 7_000)));
    for (const size of [1_000, 65_552, 1_000_000]) expect(await opened('a', sealed, size)).toEqual(content);
  },
);

it('gives back nothing that was changed, cut off, lengthened, or lies under another name', async () => {
  const sealed = await all(box.seal('a', chunksOf(randomBytes(150_000), 65_536)));
  const rejected = { code: 'ciphertext_rejected' };
  for (const at of [0, 1, 7, 8, 65_560, sealed.length - 1]) {
    const changed = Buffer.from(sealed);
    changed[at] = (changed[at] ?? 0) ^ 1;
    await expect(opened('a', changed), String(at)).rejects.toMatchObject(rejected);
  }
  await expect(opened('b', sealed)).rejects.toMatchObject(rejected);
  for (const length of [0, 4, 8, 65_560, 65_568, sealed.length - 1])
    await expect(opened('a', sealed.subarray(0, length)), String(length)).rejects.toMatchObject(rejected);
  await expect(opened('a', sealed.subarray(0, 65_560), 10_000, sealed.length)).rejects.toMatchObject(rejected);
  await expect(opened('a', Buffer.concat([sealed, Buffer.alloc(1)]))).rejects.toMatchObject(rejected);
});
