/**
 * A path of our own pages behind the door, or nothing. Anything else (`//host`, `https:`, `/\host`) would lead away: an
 * open redirect.
 */
export function localPath(value: unknown): string | undefined {
  return typeof value === 'string' && /^\/(konsole|portal)(\/[A-Za-z0-9_-]+)*\/?$/.test(value) ? value : undefined;
}
