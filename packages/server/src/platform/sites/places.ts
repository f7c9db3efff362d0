/**
 * Which sites lie apart. What the operator declares is believed only where the machine does not say otherwise: two folders of
 * one machine are one place, whatever their streets are called, and a site without a street is nowhere in particular.
 */
import type { Ground } from './ground.ts';
import type { Site } from './site.ts';

const hereOrNowhere = 'here';
const streetOf = (street: string | undefined) =>
  street === undefined || street.trim() === ''
    ? hereOrNowhere
    : `street ${street
        .toLowerCase()
        .replace(/[^\p{L}\p{N}]+/gu, ' ')
        .trim()}`;

export interface Places {
  /** The place of each site, by name. Sites with the same number are not apart. */
  readonly of: ReadonlyMap<string, number>;
  /** The place of this machine, where an embedded database is. */
  readonly here: number;
  /** Sites that could not be asked; each counts as if it were here. */
  readonly unknown: number;
}

/** What a site said of itself last: one that is away has not moved. */
const grounds = new WeakMap<Site, Ground>();

export async function placesOf(sites: readonly Site[]): Promise<Places> {
  /** Names for one place, and the number of the place; merged where a site has two of them. */
  const groups = new Map<string, Set<string>>();
  const join = (one: string, other: string) => {
    const merged = new Set([one, other, ...(groups.get(one) ?? []), ...(groups.get(other) ?? [])]);
    for (const name of merged) groups.set(name, merged);
  };
  join(hereOrNowhere, hereOrNowhere);
  let unknown = 0;
  const names = new Map<string, string>();
  for (const site of sites) {
    const ground = await site.ground().catch(() => grounds.get(site));
    if (ground === undefined) unknown += 1;
    else grounds.set(site, ground);
    const name = ground ?? hereOrNowhere;
    join(name, streetOf(site.street));
    names.set(site.name, name);
  }
  const numbers = [...new Set(groups.values())];
  const numberOf = (name: string) => numbers.indexOf(groups.get(name) ?? new Set());
  return {
    of: new Map([...names].map(([site, name]) => [site, numberOf(name)])),
    here: numberOf(hereOrNowhere),
    unknown,
  };
}

/** How many places these sites lie at. */
export function countPlaces(places: Places, sites: readonly Site[]): number {
  return new Set(sites.map(({ name }) => places.of.get(name))).size;
}
