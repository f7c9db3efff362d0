/** `npm run bench -- [--json] [name …]`: figures, each beside its baseline of the same run. */

import { benchConsole, benchPolicies, benchRevocation } from './access.ts';
import { benchAppend, benchGetMany, benchImport } from './bulk.ts';
import { benchErasure } from './erasure.ts';
import { benchFiles } from './files.ts';
import type { Figure } from './harness.ts';
import { benchPage } from './page.ts';
import { benchRead } from './read.ts';
import { benchWrite } from './write.ts';

const benches: Readonly<Record<string, () => Promise<Figure[]>>> = {
  read: benchRead,
  write: benchWrite,
  import: benchImport,
  'get-many': benchGetMany,
  append: benchAppend,
  files: benchFiles,
  policies: benchPolicies,
  revocation: benchRevocation,
  console: benchConsole,
  page: benchPage,
  erasure: benchErasure,
};

const words = process.argv.slice(2);
const json = words.includes('--json');
const names = words.filter((word) => !word.startsWith('--'));
const unknown = names.find((name) => benches[name] === undefined);
if (unknown !== undefined) {
  console.error(`There is no bench named ${unknown}. There are: ${Object.keys(benches).join(', ')}.`);
  process.exit(2);
}

function line({ name, value, unit, baseline, ratio }: Figure): string {
  const beside = baseline === null ? '' : `   baseline ${baseline}   ratio ${ratio}`;
  return `${name.padEnd(24)} ${String(value).padStart(12)} ${unit}${beside}`;
}

for (const name of names.length > 0 ? names : Object.keys(benches))
  for (const one of await (benches[name]?.() ?? [])) console.log(json ? JSON.stringify(one) : line(one));
