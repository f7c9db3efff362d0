/**
 * `node scripts/pack.ts OUTDIR`: the three packages that leave this project, built for Node 20 and later, as tarballs.
 *
 * In the workspace they run as TypeScript. Node runs no TypeScript inside `node_modules`, so what is installed is built.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Packed {
  readonly folder: string;
  readonly description: string;
  /** Installed packages whose types the build reads. */
  readonly needs: readonly string[];
}

/** Lowest first: each is built against the built ones before it. */
const packages: readonly Packed[] = [
  { folder: 'proof', description: 'Transparency logs: building them, and verifying what they hand out', needs: [] },
  {
    folder: 'client',
    description: 'Obhut for your product: custody of personal data, with a receipt for each access',
    needs: [],
  },
  {
    folder: 'cli',
    description: 'Obhut on the command line: import, export, journal, verification',
    needs: ['iconv-lite', 'nodemailer'],
  },
];

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const readJson = <Value>(...path: string[]) => JSON.parse(readFileSync(join(...path), 'utf8')) as Value;
const writeJson = (path: string, value: unknown) => writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
const built = (source: string) => source.replace('./src/', './dist/').replace(/\.ts$/, '.js');

/** The manifest as it is published: no workspace, no development, everything from `dist`. */
function manifestOf(source: Manifest, description: string): unknown {
  const { name, version, license, bin, exports, dependencies } = source;
  const entry = exports?.['.'];
  const main = entry === undefined ? undefined : built(entry);
  return {
    name,
    version,
    description,
    license,
    type: 'module',
    engines: { node: '>=20' },
    files: ['dist'],
    ...(main !== undefined && { exports: { '.': { types: main.replace(/\.js$/, '.d.ts'), default: main } } }),
    ...(bin !== undefined && {
      bin: Object.fromEntries(Object.entries(bin).map(([word, path]) => [word, built(path)])),
    }),
    ...(dependencies !== undefined && { dependencies }),
  };
}

const isShipped = (path: string) => !path.endsWith('.test.ts') && basename(path) !== 'testing';

function run(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status === 0) return stdout;
  throw new Error(`${command} ${args.join(' ')} failed: ${error?.message ?? ''}\n${stdout}\n${stderr}`);
}

function stage({ folder, description, needs }: Packed, staging: string): string {
  const source = join(root, 'packages', folder);
  const target = join(staging, folder);
  const manifest = readJson<Manifest>(source, 'package.json');
  cpSync(join(source, 'src'), join(target, 'src'), { recursive: true, filter: isShipped });
  for (const file of [join(source, 'README.md'), join(root, 'LICENSE')]) {
    if (existsSync(file)) cpSync(file, join(target, basename(file)));
  }
  writeJson(join(target, 'package.json'), manifestOf(manifest, description));
  for (const name of needs) symlinkSync(join(root, 'node_modules', name), join(staging, 'node_modules', name));

  const { compilerOptions = {} } = readJson<{ compilerOptions?: object }>(source, 'tsconfig.json');
  writeJson(join(target, 'tsconfig.json'), {
    extends: join(root, 'tsconfig.base.json'),
    compilerOptions: {
      ...compilerOptions,
      target: 'es2022',
      noEmit: false,
      rewriteRelativeImportExtensions: true,
      declaration: true,
      rootDir: 'src',
      outDir: 'dist',
    },
    include: ['src'],
  });
  run(join(root, 'node_modules', '.bin', 'tsc'), ['-p', 'tsconfig.json'], target);
  symlinkSync(target, join(staging, 'node_modules', manifest.name));
  return target;
}

/** @returns the paths of the tarballs, lowest package first. */
export function pack(outDir: string): readonly string[] {
  const staging = mkdtempSync(join(tmpdir(), 'obhut-pack-'));
  try {
    mkdirSync(outDir, { recursive: true });
    mkdirSync(join(staging, 'node_modules', '@obhut'), { recursive: true });
    symlinkSync(join(root, 'node_modules', '@types'), join(staging, 'node_modules', '@types'));
    return packages.map((one) => {
      const target = stage(one, staging);
      const [packed] = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', resolve(outDir)], target));
      return join(resolve(outDir), packed.filename);
    });
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const [outDir] = process.argv.slice(2);
  if (outDir === undefined) {
    console.error('node scripts/pack.ts OUTDIR');
    process.exit(2);
  }
  for (const path of pack(outDir)) console.log(path);
}
