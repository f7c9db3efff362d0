/**
 * The embedded PostgreSQL: the real binaries, driven by initdb and pg_ctl, reachable through a unix socket in a
 * private folder only (its bundled OpenSSL is old, so it gets no TCP listener).
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, chownSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { StartError } from '../config/start-error.ts';
import { copyBinaries, makeLibraryLinks, packagedBinaries } from './binaries.ts';
import { canEnter, type UnixUser, unprivilegedUser } from './unprivileged.ts';

export const embeddedMajor = '18';

/** Where an embedded cluster lives and how to reach it. */
export interface EmbeddedCluster {
  readonly dataFolder: string;
  readonly socketFolder: string;
  readonly version: string;
  /** True when clone and data lie where PostgreSQL's user cannot go, so that it was put elsewhere. */
  readonly relocated: boolean;
  /** Ends it in order: no new connections, a checkpoint, done. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  /** The installation's data folder; the cluster goes to `postgres` in it. */
  readonly data: string;
  /** Password of the bootstrap superuser `obhut_admin`, set when the cluster is made. */
  readonly adminPassword: string;
  readonly settings?: Readonly<Record<string, string>>;
  /** Name of the cluster's folder; `postgres` unless it is one that is being restored. */
  readonly folder?: string;
  /** Name of its own log beside that folder; `postgres.log` unless it runs beside another one. */
  readonly log?: string;
  /** How long it may take to come up: a restored one replays its log first. */
  readonly startSeconds?: number;
}

/** Name of the folder of a cluster that is being restored: it becomes `postgres` when it is whole. */
export const restoringFolder = 'postgres-restoring';

export const adminUser = 'obhut_admin';

interface Run {
  readonly bin: string;
  readonly user: UnixUser | undefined;
  readonly cwd: string;
}

interface Ended {
  /** `null` where it could not be started, or a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Whoever is served meanwhile does not wait: a second cluster is started and ended beside the one that serves. */
function run({ bin, user, cwd }: Run, program: string, args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(join(bin, program), [...args], {
      cwd,
      ...(user && { uid: user.uid, gid: user.gid }),
      // A clean environment: no PG* variable of the caller, English messages, no secrets handed on.
      env: { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const texts = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (text: string) => {
        texts[name] += text;
      });
    child.once('error', (error) => resolve({ status: null, stdout: '', stderr: error.message }));
    child.once('close', (status) => resolve({ status, ...texts }));
  });
}

/** Starts the cluster in `data`, making it first where there is none. Recovers by itself after a crash. */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedCluster> {
  const { native, home, relocated, user } = await placeOf(options.data);
  const dataFolder = join(home, options.folder ?? 'postgres');
  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  if (user) chownSync(dataFolder, user.uid, user.gid);
  const runner: Run = { bin: join(native, 'bin'), user, cwd: dataFolder };

  refuseOtherMajor(dataFolder);
  if (!existsSync(join(dataFolder, 'PG_VERSION'))) await makeCluster(runner, dataFolder, options.adminPassword);
  const leftSocket = socketFolderOf(dataFolder);
  await stopLeftOver(runner, dataFolder);
  if (leftSocket !== undefined) await rm(leftSocket, { recursive: true, force: true });

  // A unix socket's path has at most 107 bytes, so it gets a short private folder of its own.
  const socketFolder = await mkdtemp(join(tmpdir(), 'obhut-pg-'));
  await chmod(socketFolder, 0o700);
  if (user) chownSync(socketFolder, user.uid, user.gid);
  const settings = { ...clusterSettings, ...options.settings, unix_socket_directories: socketFolder };
  const logFile = join(home, options.log ?? 'postgres.log');
  prepareLog(logFile, user);
  const flags = Object.entries(settings).map(([name, value]) => `-c ${name}='${value}'`);
  const started = await run(runner, 'pg_ctl', [
    'start',
    '-w',
    '-t',
    String(options.startSeconds ?? 120),
    '-D',
    dataFolder,
    '-l',
    logFile,
    '-o',
    flags.join(' '),
  ]);
  if (started.status !== 0) {
    await rm(socketFolder, { recursive: true, force: true });
    throw startFailure(logFile);
  }
  return {
    dataFolder,
    socketFolder,
    relocated,
    version: (await run(runner, 'postgres', ['--version'])).stdout.trim().replace(/^postgres \(PostgreSQL\) /, ''),
    async stop() {
      await run(runner, 'pg_ctl', ['stop', '-w', '-t', '60', '-m', 'fast', '-D', dataFolder]);
      await rm(socketFolder, { recursive: true, force: true });
    },
  };
}

const clusterSettings: Readonly<Record<string, string>> = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  max_connections: '60',
  shared_buffers: '256MB',
  max_wal_size: '2GB',
  wal_level: 'replica',
  // A copy that falls behind must not fill the disk: then its slot is given up, and said so.
  max_slot_wal_keep_size: '4GB',
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  // No statement text and no parameter may reach PostgreSQL's own log.
  log_statement: 'none',
  log_min_error_statement: 'panic',
  log_min_duration_statement: '-1',
  log_parameter_max_length_on_error: '0',
  log_error_verbosity: 'terse',
  logging_collector: 'off',
};

/** Where the embedded cluster of a data folder lies, and as whom it runs. Makes the folder above it. */
export interface EmbeddedPlace {
  readonly native: string;
  /** The cluster is `postgres` in it. */
  readonly home: string;
  readonly relocated: boolean;
  readonly user: UnixUser | undefined;
}

export async function placeOf(data: string): Promise<EmbeddedPlace> {
  const user = process.getuid?.() === 0 ? unprivilegedUser() : undefined;
  const packaged = packagedBinaries();
  const linked = await makeLibraryLinks(packaged);
  if (user === undefined)
    return {
      native: linked ? packaged : await copyBinaries(packaged, join(data, 'pgsql')),
      home: data,
      relocated: false,
      user,
    };
  const relocated = !canEnter(data, user);
  const id = createHash('sha256').update(resolve(data)).digest('hex').slice(0, 12);
  const home = relocated ? join('/var/lib/obhut', id) : data;
  await mkdir(home, { recursive: true, mode: 0o755 });
  // The folder above the cluster must let PostgreSQL's user pass, though not look around.
  chmodSync(home, 0o711);
  const native = linked && canEnter(packaged, user) ? packaged : await copyBinaries(packaged, join(home, 'pgsql'));
  return { native, home, relocated, user };
}

function refuseOtherMajor(dataFolder: string): void {
  const file = join(dataFolder, 'PG_VERSION');
  const major = existsSync(file) ? readFileSync(file, 'utf8').trim() : embeddedMajor;
  if (major !== embeddedMajor)
    throw new StartError(
      'database_major',
      `${dataFolder} was made by PostgreSQL ${major}; this Obhut brings ${embeddedMajor}.`,
      `Start the Obhut that made it, export, and import into a new folder; or run it on a PostgreSQL ${major} of your own by DATABASE_URL (docs/operating.md).`,
    );
}

async function makeCluster(runner: Run, dataFolder: string, password: string): Promise<void> {
  const passwordFile = join(await mkdtemp(join(tmpdir(), 'obhut-init-')), 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (runner.user) {
    chownSync(passwordFile, runner.user.uid, runner.user.gid);
    chownSync(join(passwordFile, '..'), runner.user.uid, runner.user.gid);
  }
  try {
    const made = await run(runner, 'initdb', [
      '-D',
      dataFolder,
      '-U',
      adminUser,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--locale=C',
      '--data-checksums',
    ]);
    if (made.status !== 0) {
      // A half-made cluster is emptied, so that the next start begins anew.
      await rm(dataFolder, { recursive: true, force: true });
      const full = /No space left/.test(made.stderr);
      throw new StartError(
        full ? 'disk_full' : 'database_broken',
        full ? `The disk that holds ${dataFolder} is full.` : 'The embedded PostgreSQL could not be made.',
        full ? 'Free some space and start again.' : made.stderr.trim().split('\n').slice(-2).join(' '),
      );
    }
  } finally {
    await unlink(passwordFile).catch(() => undefined);
    await rm(join(passwordFile, '..'), { recursive: true, force: true });
  }
}

/** After a `kill -9` of Obhut its PostgreSQL may still run. It is ours (we hold the data folder's lock): end it. */
async function stopLeftOver(runner: Run, dataFolder: string): Promise<void> {
  if ((await run(runner, 'pg_ctl', ['status', '-D', dataFolder])).status === 0)
    await run(runner, 'pg_ctl', ['stop', '-w', '-t', '60', '-m', 'fast', '-D', dataFolder]);
}

/** Ends a cluster at once, also one that is still replaying; whoever waits for it hears that it did not come up. */
export async function abortEmbedded(data: string, folder: string): Promise<void> {
  const { native, home, user } = await placeOf(data);
  const dataFolder = join(home, folder);
  if (!existsSync(join(dataFolder, 'postmaster.pid'))) return;
  const runner: Run = { bin: join(native, 'bin'), user, cwd: dataFolder };
  await run(runner, 'pg_ctl', ['stop', '-w', '-t', '60', '-m', 'immediate', '-D', dataFolder]);
}

/** Ends and removes a cluster that is of no use any more, also one that was left by a process that died. */
export async function removeEmbedded(data: string, folder: string, log?: string): Promise<void> {
  const { native, home, user } = await placeOf(data);
  const dataFolder = join(home, folder);
  if (existsSync(dataFolder)) {
    const leftSocket = socketFolderOf(dataFolder);
    await stopLeftOver({ bin: join(native, 'bin'), user, cwd: dataFolder }, dataFolder);
    if (leftSocket !== undefined) await rm(leftSocket, { recursive: true, force: true });
    await rm(dataFolder, { recursive: true, force: true });
  }
  if (log !== undefined) await rm(join(home, log), { force: true });
}

/** The private socket folder of a server that did not end in order: the fifth line of its postmaster.pid. */
function socketFolderOf(dataFolder: string): string | undefined {
  const file = join(dataFolder, 'postmaster.pid');
  const folder = existsSync(file) ? readFileSync(file, 'utf8').split('\n')[4] : undefined;
  // Only what has the form that we give it is ours to remove.
  return folder?.startsWith(join(tmpdir(), 'obhut-pg-')) ? folder : undefined;
}

function prepareLog(file: string, user: UnixUser | undefined): void {
  if (!existsSync(file)) writeFileSync(file, '', { mode: 0o600 });
  if (user) chownSync(file, user.uid, user.gid);
}

function startFailure(logFile: string): StartError {
  const lines = readFileSync(logFile, 'utf8').trim().split('\n').slice(-12);
  const last = lines.filter((line) => /FATAL|PANIC|ERROR/.test(line)).at(-1) ?? lines.at(-1) ?? '';
  if (/No space left/.test(lines.join('\n')))
    return new StartError(
      'disk_full',
      'PostgreSQL could not start: the disk is full.',
      'Free some space and start again.',
    );
  return new StartError('database_broken', `PostgreSQL could not start: ${last}`, `The whole story is in ${logFile}.`);
}
