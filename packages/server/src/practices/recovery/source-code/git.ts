/**
 * The system's own git, held short: no configuration but ours, no prompt, no hooks, no shell, an end in time. Credentials
 * come from files; they are in no address, no argument and no error.
 */
import { devNull } from 'node:os';
import { run } from '../../../platform/process/run.ts';

export type GitErrorCode = 'git_missing' | 'git_failed' | 'git_too_long';

export class GitError extends Error {
  override readonly name = 'GitError';
  readonly code: GitErrorCode;
  constructor(code: GitErrorCode, command: string) {
    super(`git ${command}: ${code}`);
    this.code = code;
  }
}

export interface Access {
  /** In the form of git-credential-store(1). */
  readonly credentials?: string | undefined;
  /** A private key without a passphrase, for `ssh://`. */
  readonly sshKey?: string | undefined;
}

export interface GitOptions {
  /** The bare repository. */
  readonly folder: string;
  /** Text for the command's standard input. */
  readonly input?: string;
  readonly access?: Access;
}

/** @returns what the command wrote. @throws GitError */
export type Git = (args: readonly string[], options: GitOptions) => Promise<string>;

/** Kept of the environment: where programs lie, which proxies and authorities the machine has. */
const passedOn = [
  'PATH',
  'TMPDIR',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'GIT_SSL_CAINFO',
] as const;

const quoted = (path: string) => `'${path.replaceAll("'", `'\\''`)}'`;

function environmentOf({ sshKey }: Access): Record<string, string> {
  return {
    ...Object.fromEntries(passedOn.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []))),
    LC_ALL: 'C',
    HOME: devNull,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: devNull,
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '',
    GIT_SSH_COMMAND: sshCommand(sshKey),
  };
}

/** Host keys must be known beforehand: beside the key, `KEY.known_hosts`. */
const sshCommand = (sshKey: string | undefined) =>
  [
    'ssh -F none -o BatchMode=yes -o StrictHostKeyChecking=yes -o IdentitiesOnly=yes',
    ...(sshKey === undefined
      ? []
      : [`-i ${quoted(sshKey)}`, `-o UserKnownHostsFile=${quoted(`${sshKey}.known_hosts`)}`]),
  ].join(' ');

const settings = [
  'core.hooksPath=/dev/null',
  'protocol.allow=never',
  'protocol.https.allow=always',
  'protocol.ssh.allow=always',
  'protocol.file.allow=always',
  'safe.directory=*',
  'gc.auto=0',
  'maintenance.auto=false',
  'credential.helper=',
];

const maxOutputBytes = 256 * 1024 * 1024;

/** @param longestMs after which the command and all that it started are ended. */
export function createGit(longestMs: number): Git {
  return async (args, { folder, input = '', access = {} }) => {
    const command = args[0] ?? '';
    const own = [
      ...settings,
      ...(access.credentials === undefined ? [] : [`credential.helper=store --file=${quoted(access.credentials)}`]),
    ];
    const result = await run({
      program: 'git',
      args: [...own.flatMap((one) => ['-c', one]), '--git-dir', folder, ...args],
      env: environmentOf(access),
      input,
      longestMs,
      maxOutputBytes,
    });
    if (result.state === 'not_startable') throw new GitError('git_missing', command);
    if (result.state === 'too_long') throw new GitError('git_too_long', command);
    if (result.state !== 'ended' || result.code !== 0) throw new GitError('git_failed', command);
    return result.output.toString('utf8');
  };
}
