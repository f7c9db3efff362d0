/**
 * Something that keeps Obhut from starting and that the operator can mend. The message is a sentence for a person;
 * `hint` is the next step. Everything else that is thrown at start is a defect of ours.
 */
export type StartErrorCode =
  | 'setting_invalid'
  | 'already_running'
  | 'folder_unwritable'
  | 'disk_full'
  | 'port_in_use'
  | 'root_key_wrong'
  | 'root_key_missing'
  | 'safes_unreadable'
  | 'database_unreachable'
  | 'database_newer'
  | 'database_major'
  | 'database_unsafe'
  | 'database_broken'
  | 'journal_forked'
  | 'restore_refused'
  | 'restore_unfinished'
  | 'kit_wrong'
  | 'ledger_too_old'
  | 'plain_http_refused'
  | 'country_refused'
  | 'policy_invalid'
  | 'console_failed';

export class StartError extends Error {
  override readonly name = 'StartError';
  readonly code: StartErrorCode;
  readonly hint: string;
  constructor(code: StartErrorCode, message: string, hint: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}

/** Turns the file system's usual refusals into a sentence; hands anything else back unchanged. */
export function asStartError(error: unknown, dataFolder: string): unknown {
  const { code, path = dataFolder } = (error ?? {}) as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return new StartError(
      'folder_unwritable',
      `${path} cannot be written.`,
      'Check its owner and mode, or set OBHUT_DATA.',
    );
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new StartError('disk_full', `The disk that holds ${path} is full.`, 'Free some space and start again.');
  if (code === 'ENOTDIR' || code === 'EEXIST')
    return new StartError('folder_unwritable', `${path} is not a folder.`, 'Move the file away, or set OBHUT_DATA.');
  return error;
}
