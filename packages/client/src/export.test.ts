/** What somebody called a file must not lead out of the folder it is exported to. */
import { join, relative } from 'node:path';
import { expect, it } from 'vitest';
import { type ExportedFile, exportedFilePath } from './export.ts';

const line = (name?: string): ExportedFile => ({
  person: '11111111-1111-4111-8111-111111111111',
  file: '22222222-2222-4222-8222-222222222222',
  version: 3,
  type: 'text/plain',
  bytes: 1,
  ...(name !== undefined && { name }),
});
const folder = 'files/11111111-1111-4111-8111-111111111111';
const beginning = `${folder}/22222222-2222-4222-8222-222222222222-3`;

it.each([
  [undefined, beginning],
  ['Befund März.pdf', `${beginning} Befund März.pdf`],
  ['../../etc/passwd', `${beginning} .._.._etc_passwd`],
  ['..\\..\\x', `${beginning} .._.._x`],
  ['/', `${beginning} _`],
  ['..', beginning],
  ['a\u0000b\nc\u202etxt.exe', `${beginning} a_b_c_txt.exe`],
  ['CON: ', `${beginning} CON_`],
  [`${'ä'.repeat(300)}.pdf`, `${beginning} ${'ä'.repeat(78)}.pdf`],
  [`${'😀'.repeat(200)}`, `${beginning} ${'😀'.repeat(40)}`],
])('%j', (name, path) => {
  expect(exportedFilePath(line(name))).toBe(path);
  expect(relative(join('/x', folder), join('/x', path))).not.toMatch(/[/\\]|^\.\./);
});

it.each([{ person: '../../../x' }, { file: '../../../x/y' }, { file: 'A' }, { version: '1/..' as never }])(
  'refuses a line of %j',
  (wrong) => {
    expect(() => exportedFilePath({ ...line('x'), ...wrong })).toThrow(TypeError);
  },
);
