export type BackupCode =
  /** No site took it. */
  | 'backup_no_site'
  /** What is stored is not what was written, and no other site has it right. */
  | 'backup_damaged'
  /** There is none that fits. */
  | 'backup_missing'
  /** The log has a hole between a backup and the time that is wanted. */
  | 'backup_log_missing'
  /** A site lists nothing, or less than what lies there for certain. */
  | 'backup_listing_wrong'
  /** The writer may not delete at a site; what is too old stays until the site's own rule removes it. */
  | 'backup_delete_denied';

export class BackupError extends Error {
  override readonly name = 'BackupError';
  readonly code: BackupCode;
  constructor(code: BackupCode, message: string) {
    super(message);
    this.code = code;
  }
}
