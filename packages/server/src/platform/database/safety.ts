import { StartError } from '../config/start-error.ts';
import type { Queryable } from './database.ts';

interface Durability {
  readonly fsync: string;
  readonly full_page_writes: string;
  readonly version: number;
  readonly standbys: string;
}

/**
 * What "durable" means on this database.
 * @throws StartError when an acknowledged entry could be lost: then no personal data may be served.
 */
export async function checkDurability(
  database: Queryable,
): Promise<{ readonly version: number; readonly synchronousReplica: boolean }> {
  const [row] = await database.query<Durability>(
    `select current_setting('fsync') as fsync, current_setting('full_page_writes') as full_page_writes,
            current_setting('server_version_num')::int as version,
            current_setting('synchronous_standby_names') as standbys`,
  );
  if (row === undefined) throw new Error('the database did not answer its own settings');
  for (const setting of ['fsync', 'full_page_writes'] as const)
    if (row[setting] !== 'on')
      throw new StartError(
        'database_unsafe',
        `The database runs with ${setting} = ${row[setting]}: what it acknowledges can be lost.`,
        `Set ${setting} = on in postgresql.conf and restart it. Until then Obhut serves no personal data.`,
      );
  const major = Math.floor(row.version / 10_000);
  if (major < 16 || major > 18)
    throw new StartError('database_major', `This is PostgreSQL ${major}.`, 'Obhut runs on PostgreSQL 16, 17 and 18.');
  return { version: row.version, synchronousReplica: row.standbys !== '' };
}
