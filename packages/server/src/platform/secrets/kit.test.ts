import { describe, expect, it } from 'vitest';
import { SecretKey } from '../crypto/key.ts';
import { makeKit, newPassphrase, openKit, parseKit } from './kit.ts';

const keys = { rootKey: SecretKey.generate(), backupKey: SecretKey.generate() };
const made = new Date('2026-11-25T10:00:00Z');

describe('a recovery kit', { timeout: 60_000 }, () => {
  it('opens with its words, however they are typed, and has neither key nor words in it', async () => {
    const words = newPassphrase();
    expect(words.split('-')).toHaveLength(12);
    const kit = await makeKit(keys, words, made);
    const text = JSON.stringify(kit);
    for (const secret of [words, keys.rootKey.toBase64(), keys.backupKey.toBase64()])
      expect(text).not.toContain(secret);
    const opened = await openKit(parseKit(text), `  ${words.toUpperCase().replaceAll('-', '  ')} `);
    expect(opened.rootKey.toBase64()).toBe(keys.rootKey.toBase64());
    expect(opened.backupKey.toBase64()).toBe(keys.backupKey.toBase64());
  });

  it('opens with no other words, and not where anything of it was changed', async () => {
    const kit = await makeKit(keys, 'one-two-three-four-five-six', made);
    await expect(openKit(kit, 'one-two-three-four-five-seven')).rejects.toMatchObject({ code: 'kit_passphrase' });
    const other = {
      id: kit.id.replace(/^./, (c) => (c === 'a' ? 'b' : 'a')),
      made: '2020-01-01T00:00:00.000Z',
      rootKey: kit.backupKey,
    };
    for (const [name, value] of Object.entries(other))
      await expect(openKit({ ...kit, [name]: value }, 'one-two-three-four-five-six')).rejects.toMatchObject({
        code: 'kit_passphrase',
      });
    for (const text of [
      '',
      '{}',
      '[]',
      'null',
      JSON.stringify({ ...kit, version: 2 }),
      JSON.stringify({ ...kit, salt: 1 }),
    ])
      expect(() => parseKit(text)).toThrow(expect.objectContaining({ code: 'kit_damaged' }));
  });

  it('makes other words each time', () => {
    expect(new Set(Array.from({ length: 50 }, newPassphrase)).size).toBe(50);
  });
});
