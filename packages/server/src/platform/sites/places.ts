/**
 * Which sites lie apart. What the operator declares is believed only where the machine does not say otherwise: two folders of
 * one machine are one place, whatever their streets are called, and a site without a street is nowhere in particular.
 */
import { stat, statfs } from 'node:fs/promises';
import type { Site } from './site.ts';

/** On what a site lies: this machine, or something behind a network that has a name of its own. */
export type Ground = 'here' | `network:${string}`;

/**
 * Kinds of file systems that reach another machine, by the number that Linux gives them. A disk behind a block device looks
 * like one of this machine's own, and is taken for one.
 */
const networked: ReadonlySet<number> = new Set([
  0x6969, // NFS
  0xff534d42, // CIFS
  0xfe534d42, // SMB2
  0x517b, // SMB
  0x65735546, // FUSE: sshfs and its like
  0x00c36400, // Ceph
  0x5346414f, // AFS
  0x0bd00bd0, // Lustre
  0x47504653, // GPFS
]);

export async function groundOf(folder: string): Promise<Ground> {
  const [{ type }, { dev }] = await Promise.all([statfs(folder), stat(folder)]);
  return networked.has(type) ? `network:${dev}` : 'here';
}

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
