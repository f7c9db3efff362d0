/**
 * The sentence on several locations: files, records and keys, each at places that are apart. It is never better than the
 * safes: data that nobody can open is lost with them.
 */
import type { Observation, ProbeContext } from '../../claims/probe.ts';
import { dayMs, hourMs, measured, type Probe, type Sentence, type Text } from '../../claims/vocabulary.ts';
import { comparedSites } from '../../custody/objects/object-store.ts';
import { countPlaces, type Places, placesOf } from '../../platform/sites/places.ts';
import type { Site } from '../../platform/sites/site.ts';
import type { PracticeNeeds } from '../needs.ts';

type Needs = Pick<PracticeNeeds, 'sites' | 'settings' | 'heldEpochs'>;

/** Compared each day; one day may fail. */
const comparedWithinMs = 2.5 * dayMs;
/** Made each night; one night may fail. */
const backupWithinMs = 2.5 * dayMs;
/** So many shares rebuild a key where there are three safes and more. */
const sharesNeeded = 2;

const withPurpose = (sites: readonly Site[], purpose: Site['purposes'][number]) =>
  sites.filter(({ purposes }) => purposes.includes(purpose));
const countries = (sites: readonly Site[]) => new Set(sites.map(({ country }) => country)).size;

/** A site that does not answer may be the one that is apart. */
const unclear = (places: Places, counts: Observation['counts']): Observation =>
  places.unknown > 0 ? { verdict: 'unknown', counts, reason: 'still-looking' } : { verdict: 'fails', counts };

export const filesAreRedundant =
  ({ sites: all }: Pick<Needs, 'sites'>) =>
  async ({ clock, database }: ProbeContext): Promise<Observation> => {
    const sites = withPurpose(all, 'objects');
    const places = await placesOf(sites);
    const [row] = await database.query<{ objects: number; single: number; differing: number }>(
      `select count(*) as objects,
              count(*) filter (where (select count(distinct at.place) from unnest(f.sites) one
                join unnest($1::text[], $2::int[]) as at(site, place) on at.site = one) < 2) as single,
              count(*) filter (where f.differs and f.object_digest is null) as differing
       from custody.file f`,
      [[...places.of.keys()], [...places.of.values()]],
    );
    const since = clock.now().getTime() - comparedWithinMs;
    const compared = (await comparedSites(database)).filter(({ at }) => at.getTime() >= since);
    const fresh = sites.filter(({ name }) => compared.some(({ site }) => site === name)).length;
    const counts = {
      objects: row?.objects ?? 0,
      single: row?.single ?? 0,
      differing: row?.differing ?? 0,
      sites: sites.length,
      places: countPlaces(places, sites),
      countries: countries(sites),
      compared: fresh,
    };
    if (counts.places < 2) return unclear(places, counts);
    // Of what differs nobody knows which copy is right: it may be one, or none.
    if (counts.single + counts.differing > 0) return { verdict: 'fails', counts };
    if (fresh < sites.length) return { verdict: 'unknown', counts, reason: 'still-looking' };
    return { verdict: 'holds', counts };
  };

export const recordsAreRedundant =
  ({ sites: all, settings }: Pick<Needs, 'sites' | 'settings'>) =>
  async ({ clock, database }: ProbeContext): Promise<Observation> => {
    const sites = withPurpose(all, 'backups');
    const places = await placesOf(sites);
    const rows = await database.query<{ site: string; at: Date }>(
      `select s.site, max(n.completed_at) as at from recovery.night n join recovery.stored s using (backup_id)
       where n.state = 'complete' and s.state = 'verified' and n.completed_at > $1 group by s.site`,
      [new Date(clock.now().getTime() - backupWithinMs)],
    );
    const holding = sites.filter(({ name }) => rows.some(({ site }) => site === name));
    // Of a database elsewhere nobody knows here where it is.
    const own = settings.database.url === undefined ? [places.here] : [];
    const at = new Set([...holding.map(({ name }) => places.of.get(name)), ...own]);
    const counts = { sites: sites.length, holding: holding.length, places: at.size };
    if (at.size >= 2) return { verdict: 'holds', counts };
    // Until the first night is over there is no backup to judge.
    if (rows.length === 0 && new Set([...sites.map(({ name }) => places.of.get(name)), ...own]).size >= 2)
      return { verdict: 'unknown', counts, reason: 'nothing-yet' };
    return unclear(places, counts);
  };

/** Epochs on which keys hang now. One that closes no longer counts once nothing names it: then it is destroyed. */
const epochsInUse = async (reader: ProbeContext['database']): Promise<readonly string[]> =>
  (
    await reader.query<{ epoch_id: string }>(
      `select epoch_id from keyring.epoch e where state = 'open' or (state = 'closing'
         and exists (select 1 from keyring.customer_key k where k.epoch_id = e.epoch_id))`,
    )
  ).map((row) => row.epoch_id);

export const keysAreRedundant =
  ({ sites: all, heldEpochs }: Pick<Needs, 'sites' | 'heldEpochs'>) =>
  async ({ database }: ProbeContext): Promise<Observation> => {
    const sites = withPurpose(all, 'safe');
    const places = await placesOf(sites);
    const needed = sites.length < 3 ? 1 : sharesNeeded;
    const before = await epochsInUse(database);
    const held = await heldEpochs();
    // One that began or ended meanwhile is not judged.
    const after = new Set(await epochsInUse(database));
    const epochs = before.filter((epoch) => after.has(epoch));
    const byPlace = [...Map.groupBy(sites, ({ name }) => places.of.get(name)).values()];
    /** Safes that still have the worst epoch after the loss of the worst place. */
    const leftWhere = (has: (site: Site, epoch: string) => boolean) =>
      Math.min(
        ...byPlace.flatMap((lost) =>
          epochs.map((epoch) => sites.filter((site) => !lost.includes(site) && has(site, epoch)).length),
        ),
      );
    const left = leftWhere(({ name }, epoch) => held.get(name)?.has(epoch) === true);
    const counts = {
      safes: sites.length,
      places: byPlace.length,
      unreadable: sites.filter(({ name }) => held.get(name) === undefined).length,
      left: Number.isFinite(left) ? left : 0,
    };
    if (epochs.length === 0) return { verdict: 'unknown', counts, reason: 'still-looking' };
    if (left >= needed) return { verdict: 'holds', counts };
    // What cannot be read may be there.
    if (leftWhere(({ name }, epoch) => held.get(name)?.has(epoch) !== false) >= needed)
      return { verdict: 'unknown', counts, reason: 'still-looking' };
    return unclear(places, counts);
  };

const probe = (id: string, run: Probe['run']): Probe => ({ id, version: 1, everyMs: hourMs, timeoutMs: 60_000, run });

const declared: Text = {
  de: 'Die Adresse eines Standorts ist vom Betreiber erklärt. Geglaubt wird sie nur Standorten, die nicht auf dieser Maschine liegen; ohne Adresse zählt ein Standort nicht als eigener Ort.',
  en: 'The address of a site is declared by the operator. It is believed only of sites that do not lie on this machine; without one a site is no place of its own.',
};

export const redundantSentence = (needs: Needs): Sentence => ({
  id: 'recovery.redundant',
  statements: ['S26'],
  text: { de: 'Kundendaten liegen an mehreren Standorten.', en: 'Customer data lies at several sites.' },
  claims: [
    measured({
      id: 'recovery.files-redundant',
      predicate: {
        de: 'Jede Datei liegt an mindestens zwei getrennten Orten; jeden Tag wird verglichen.',
        en: 'Each file lies at two places apart or more; it is compared each day.',
      },
      limits: {
        de: `${declared.de} Im Ganzen gelesen wird täglich ein Dreißigstel.`,
        en: `${declared.en} Read whole is a thirtieth each day.`,
      },
      figures: {
        de: 'Dateien: {objects}, davon nur an einem Ort: {single}, an ihren Orten verschieden: {differing}. Standorte: {sites}, getrennte Orte: {places}, Länder: {countries}.',
        en: 'Files: {objects}, of these at one place only: {single}, different at their places: {differing}. Sites: {sites}, places apart: {places}, countries: {countries}.',
      },
      references: [{ catalogue: 'ISO 27001:2022', id: 'A.8.14' }],
      probe: probe('files-at-several-places', filesAreRedundant(needs)),
    }),
    measured({
      id: 'recovery.records-redundant',
      predicate: {
        de: 'Eine gute Sicherung der letzten Nächte liegt an einem anderen Ort als die Datenbank, oder an zweien.',
        en: 'A good backup of the last nights lies at another place than the database, or at two.',
      },
      limits: {
        de: `${declared.de} Was nach der Sicherung geschrieben wurde, sieht diese Messung nicht.`,
        en: `${declared.en} What was written after the backup this measurement does not see.`,
      },
      figures: {
        de: 'Standorte für Sicherungen: {sites}, mit einer guten: {holding}. Getrennte Orte, die Datenbank mitgezählt: {places}.',
        en: 'Sites for backups: {sites}, with a good one: {holding}. Places apart, the database included: {places}.',
      },
      references: [{ catalogue: 'ISO 27001:2022', id: 'A.8.13' }],
      probe: probe('records-at-several-places', recordsAreRedundant(needs)),
    }),
    measured({
      id: 'recovery.keys-redundant',
      predicate: {
        de: 'Geht ein Ort verloren, sind die Schlüssel in den übrigen Tresoren noch da.',
        en: 'If a place is lost, the keys are still there in the other safes.',
      },
      limits: declared,
      figures: {
        de: 'Tresore: {safes}, getrennte Orte: {places}, nicht lesbar: {unreadable}. Nach dem Verlust des schwersten Orts übrig: {left}.',
        en: 'Safes: {safes}, places apart: {places}, unreadable: {unreadable}. Left after the loss of the heaviest place: {left}.',
      },
      references: [{ catalogue: 'ISO 27001:2022', id: 'A.8.14' }],
      probe: probe('keys-at-several-places', keysAreRedundant(needs)),
    }),
  ],
});
