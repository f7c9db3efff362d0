/** The floors of the house are checked by a tool; this checks that the tool still sees them. */
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = join(root, 'packages/server/src');

function depcruise(): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs'),
      '--config',
      '.dependency-cruiser.cjs',
      '--output-type',
      'err',
      'packages/server/src',
    ],
    { cwd: root, encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } },
  );
  return { status, output: stdout + stderr };
}

/** With one more file in a room of the server. */
function withPlanted(room: string, content: string): ReturnType<typeof depcruise> {
  const path = join(source, room, `planted-${randomUUID()}.ts`);
  writeFileSync(path, content);
  try {
    return depcruise();
  } finally {
    rmSync(path, { force: true });
  }
}

describe('the check of the floors', () => {
  it('is green as it stands, and has seen the house', () => {
    const { status, output } = depcruise();
    expect(status, output).toBe(0);
    expect(Number(/(\d+) modules/.exec(output)?.[1])).toBeGreaterThan(100);
  });

  it.each([
    ['platform', "export { createCustody } from '../custody/custody.ts';\n", 'floor-platform'],
    [
      'platform',
      "import type { Custody } from '../custody/custody.ts';\nexport type Mine = Custody;\n",
      'floor-platform',
    ],
    ['journal', "export { createKeyring } from '../keyring/keyring.ts';\n", 'floor-journal'],
    ['keyring', "export { createApp } from '../app.ts';\n", 'floor-keyring'],
    ['custody', "export { seal } from '../platform/crypto/aead.ts';\n", 'one-aead'],
    ['custody', "export { openSegment } from '../platform/crypto/stream.ts';\n", 'one-aead'],
  ])('sees in %s: %s', (room, content, rule) => {
    const { status, output } = withPlanted(room, content);
    expect(status).not.toBe(0);
    expect(output).toContain(rule);
  });
});
