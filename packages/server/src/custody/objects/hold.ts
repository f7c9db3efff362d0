/**
 * After a restore nothing that belongs to no file is removed at a site: the database is older than what lies there, and the
 * site may be that of an installation that lives. Somebody who may write there has to say that it goes.
 */
import type { Queryable } from '../../platform/database/database.ts';
import type { Site } from '../../platform/sites/site.ts';

/** Before anything is served or swept, and before the new generation is entered. */
export async function holdStrangers(database: Queryable, sites: readonly Site[], at: Date): Promise<void> {
  const names = sites.filter(({ purposes }) => purposes.includes('objects')).map(({ name }) => name);
  await database.query(
    `insert into custody.object_hold (site, since) select site, $2 from unnest($1::text[]) site
     on conflict (site) do update set since = $2`,
    [names, at],
  );
}

/** Whether the site is held. Who has put the word to accept there ends it. */
export async function areStrangersHeld(database: Queryable, site: Site): Promise<boolean> {
  const held = await database.query('select 1 from custody.object_hold where site = $1', [site.name]);
  if (held.length === 0) return false;
  if ((await site.note('objects', 'accept')) === undefined) return true;
  await site.forgetNote('objects', 'accept');
  await database.query('delete from custody.object_hold where site = $1', [site.name]);
  return false;
}
