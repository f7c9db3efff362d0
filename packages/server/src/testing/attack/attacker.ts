/**
 * The attacker: has every byte that was ever written outside the safes, and the root key with all safes as they are now.
 * Written apart from the product's own read path: it knows the formats from the documentation, looks for them in raw
 * bytes wherever they lie (heap pages, write-ahead log, snapshots), and tries every key on every ciphertext.
 */
import { createDecipheriv, createHmac } from 'node:crypto';
import type { Recording } from './recorder.ts';

export interface Loot {
  readonly recordings: readonly Recording[];
  readonly rootKey: Buffer;
  /** The safes' files: name and content. */
  readonly safes: readonly Recording[];
  /** Ids that stand readable in the database: whoever has its files knows them. */
  readonly customers: readonly string[];
  readonly persons: readonly string[];
  readonly collections: readonly string[];
  /** Values that somebody might guess, and the fields in which they would stand. */
  readonly guesses: readonly { readonly field: string; readonly value: string }[];
  /** Keys that a mutation of the test leaves behind, by the level they belong to. */
  readonly leaked?: Partial<Record<Level, readonly Buffer[]>>;
}

export interface Spoils {
  /** Every plaintext that opened. */
  readonly texts: readonly string[];
  /** Guesses that a living lookup key confirmed against a digest somewhere. */
  readonly confirmed: readonly string[];
  readonly keys: Readonly<Record<Level, number>>;
}

export type Level = 'epoch' | 'customer' | 'person' | 'details' | 'data' | 'base' | 'generation' | 'log';

interface Candidate {
  readonly sealed: Buffer;
  /** Bytes that stand before it: ids among them. */
  readonly before: Buffer;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const overhead = 29;
const windowBytes = 260;

function open(key: Buffer, aad: string, sealed: Buffer): Buffer | undefined {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, 13));
    decipher.setAAD(Buffer.from(aad, 'latin1'));
    decipher.setAuthTag(sealed.subarray(sealed.length - 16));
    const plain = decipher.update(sealed.subarray(13, sealed.length - 16));
    decipher.final();
    return plain;
  } catch {
    return undefined;
  }
}

const place = (use: string, customer = '', person = '', collection = '', object = '', version = '') =>
  `1|${use}|${customer}|${person}|${collection}|${object}|${version}`;

/** PostgreSQL's varlena headers of values of one length: one byte up to 126 bytes in all, four bytes beyond. */
function headersOf(length: number): Buffer[] {
  const long = Buffer.alloc(5);
  long.writeUInt32LE((length + 4) << 2);
  long[4] = 1;
  return length < 126 ? [Buffer.from([((length + 1) << 1) | 1, 1]), long] : [long];
}

const padded = (length: number) => {
  const exponent = Math.floor(Math.log2(length));
  const step = 2 ** Math.max(exponent - (Math.floor(Math.log2(exponent)) + 1), 0);
  return Math.ceil(length / step) * step;
};

/** The sizes that sealed values of up to 400 bytes have; wrapped keys are not padded. */
const sizes = new Set([32, 48, ...Array.from({ length: 400 }, (_, n) => padded(Math.max(n + 4, 64)))]);

function candidatesIn(recordings: readonly Recording[]): Map<number, Candidate[]> {
  const found = new Map<number, Candidate[]>();
  const seen = new Set<string>();
  const add = (sealed: Buffer, before: Buffer) => {
    const id = sealed.toString('latin1');
    if (seen.has(id)) return;
    seen.add(id);
    found.set(sealed.length - overhead, [...(found.get(sealed.length - overhead) ?? []), { sealed, before }]);
  };
  for (const { name, bytes } of recordings) {
    if (name.endsWith('.ndjson')) {
      for (const text of bytes.toString('latin1').split('\n'))
        for (const [, base64 = ''] of text.matchAll(/"([A-Za-z0-9+/]{40,}={0,2})"/g))
          add(Buffer.from(base64, 'base64'), Buffer.from(text.replaceAll('-', '').replace(/[^0-9a-f]/g, ''), 'latin1'));
      continue;
    }
    for (const size of sizes)
      for (const header of headersOf(size + overhead))
        for (let at = bytes.indexOf(header); at !== -1; at = bytes.indexOf(header, at + 1)) {
          const from = at + header.length - 1;
          if (from + size + overhead > bytes.length) continue;
          add(bytes.subarray(from, from + size + overhead), bytes.subarray(Math.max(0, at - windowBytes), at));
        }
  }
  return found;
}

function asUuid(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** What looks like an identifier in these bytes, binary or as text. */
function idsIn(bytes: Buffer): string[] {
  const ids = new Set<string>();
  for (let at = 0; at + 16 <= bytes.length; at += 1) {
    const id = asUuid(bytes.subarray(at, at + 16));
    if (uuid.test(id)) ids.add(id);
  }
  return [...ids];
}

/** All identifiers of a line of a snapshot, which stand there as text. */
function idsOfLine(text: string): string[] {
  return [...text.matchAll(/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g)].map(([id]) => id);
}

/** Multiplication in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1. */
function times(a: number, b: number): number {
  let product = 0;
  for (let bit = 0; bit < 8; bit += 1) {
    if (((b >> bit) & 1) === 0) continue;
    let shifted = a;
    for (let i = 0; i < bit; i += 1) shifted = (shifted << 1) ^ (shifted & 0x80 ? 0x11b : 0);
    product ^= shifted;
  }
  return product;
}
/** a^254 is the inverse of a. */
const inverse = (a: number) => Array.from({ length: 253 }).reduce<number>((power) => times(power, a), a);

/** Two shares of 2 of n (Shamir): 32 bytes of the line's values, and the place they are of. */
function joined(one: Buffer, other: Buffer): Buffer | undefined {
  const [x, z] = [one[32] ?? 0, other[32] ?? 0];
  if (x === z) return undefined;
  const [forOne, forOther] = [times(z, inverse(x ^ z)), times(x, inverse(x ^ z))];
  return Buffer.from(one.subarray(0, 32).map((y, i) => times(y, forOne) ^ times(other[i] ?? 0, forOther)));
}

/** What the safes hold, whole or in shares: each pair of one epoch is tried. */
function epochKeys({ safes, rootKey }: Loot): Buffer[] {
  const opened = safes.flatMap(({ name, bytes }) => {
    const epoch = name.replace('.epoch', '');
    const plain = open(rootKey, place('wrap-epoch-key', '', '', '', epoch), bytes.subarray(16));
    return plain === undefined ? [] : [{ epoch, plain }];
  });
  const shares = opened.filter(({ plain }) => plain.length > 32);
  return [
    ...opened.filter(({ plain }) => plain.length === 32).map(({ plain }) => plain),
    ...shares.flatMap((one, at) =>
      shares
        .slice(at + 1)
        .filter(({ epoch }) => epoch === one.epoch)
        .flatMap((other) => joined(one.plain, other.plain) ?? []),
    ),
  ];
}

export function attack(loot: Loot): Spoils {
  const candidates = candidatesIn(loot.recordings);
  // Lines of snapshots keep their ids as text: known by the ciphertext itself.
  const lineIds = new Map<string, string[]>();
  for (const { name, bytes } of loot.recordings)
    if (name.endsWith('.ndjson'))
      for (const text of bytes.toString('latin1').split('\n'))
        for (const [, base64 = ''] of text.matchAll(/"([A-Za-z0-9+/]{40,}={0,2})"/g))
          lineIds.set(Buffer.from(base64, 'base64').toString('latin1'), idsOfLine(text));
  const idCache = new Map<Candidate, string[]>();
  const idsOf = (one: Candidate): string[] => {
    const known = idCache.get(one);
    if (known !== undefined) return known;
    const ids = [...new Set([...idsIn(one.before), ...(lineIds.get(one.sealed.toString('latin1')) ?? [])])];
    idCache.set(one, ids);
    return ids;
  };
  const keys: Record<Level, Map<string, Buffer>> = {
    epoch: new Map(),
    customer: new Map(),
    person: new Map(),
    details: new Map(),
    data: new Map(),
    base: new Map(),
    generation: new Map(),
    log: new Map(),
  };
  const keep = (level: Level, key: Buffer) => keys[level].set(key.toString('hex'), key);
  for (const [level, leaked] of Object.entries(loot.leaked ?? {})) for (const key of leaked) keep(level as Level, key);
  for (const key of epochKeys(loot)) keep('epoch', key);

  /** Tries all keys of one level on all candidates of one size in all the places that fit the ids beside them. */
  function unwrap(size: number, under: Level, into: Level, places: (ids: readonly string[]) => string[]): void {
    for (const one of candidates.get(size) ?? []) {
      const aads = places(idsOf(one));
      for (const aad of aads)
        for (const key of keys[under].values()) {
          const plain = open(key, aad, one.sealed);
          if (plain !== undefined) keep(into, plain.subarray(0, 32));
        }
    }
  }

  const { customers, persons, collections } = loot;
  const cross = (ids: readonly string[], make: (customer: string, id: string) => string) =>
    customers.flatMap((customer) => ids.map((id) => make(customer, id)));
  const personal = (ids: readonly string[], make: (customer: string, person: string, id: string) => string) =>
    customers.flatMap((customer) =>
      persons.flatMap((person) => (ids.includes(person) ? ids.map((id) => make(customer, person, id)) : [])),
    );
  unwrap(32, 'epoch', 'customer', (ids) => cross(ids, (c, id) => place('wrap-customer-key', c, '', '', id)));
  // A generation's key and a base key look alike: each is tried as both.
  for (const level of ['base', 'generation'] as const)
    unwrap(32, 'customer', level, (ids) => cross(ids, (c, id) => place('wrap-lookup-key', c, '', '', id)));
  unwrap(48, 'customer', 'person', (ids) => personal(ids, (c, p, id) => place('wrap-person-key', c, p, '', id)));
  unwrap(32, 'person', 'details', (ids) => personal(ids, (c, p) => place('wrap-details-key', c, p)));
  unwrap(32, 'person', 'data', (ids) => personal(ids, (c, p, id) => place('wrap-data-key', c, p, '', id)));

  const texts = new Set<string>();
  for (const [size, all] of candidates) {
    if (size < 64) continue;
    for (const one of all) {
      const ids = idsOf(one);
      const versions = ['1', '2', '3'];
      const aads = personal(ids, (c, p, id) => `${c}|${p}|${id}`).flatMap((both) => {
        const [c = '', p = '', id = ''] = both.split('|');
        return collections.flatMap((name) => versions.map((version) => place('record', c, p, name, id, version)));
      });
      for (const aad of aads)
        for (const key of keys.data.values()) {
          const plain = open(key, aad, one.sealed);
          if (plain !== undefined) texts.add(plain.subarray(4, 4 + plain.readUInt32BE(0)).toString());
        }
    }
  }
  // Details of the journal: their place is the salt of an entry, which stands readable in the log.
  const salts = new Set<string>();
  for (const { bytes } of loot.recordings)
    for (const [, salt = ''] of bytes.toString('latin1').matchAll(/"salt":"([A-Za-z0-9_-]{22})"/g)) salts.add(salt);
  for (const [size, all] of candidates) {
    if (size < 64) continue;
    for (const { sealed } of all)
      for (const key of keys.details.values())
        for (const customer of customers)
          for (const salt of salts) {
            const plain = open(key, place('journal-subject', customer, '', '', salt), sealed);
            if (plain !== undefined) texts.add(plain.subarray(4, 4 + plain.readUInt32BE(0)).toString());
          }
  }
  for (const text of openFiles(loot, keys.data)) texts.add(text);

  const digests = (key: Buffer, ...parts: readonly (string | Buffer)[]) => {
    const hmac = createHmac('sha256', key);
    for (const part of parts) {
      const bytes = Buffer.from(part as string);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      hmac.update(length).update(bytes);
    }
    return hmac.digest();
  };
  const confirmed = loot.guesses.filter(({ field, value }) =>
    [...keys.base.values()].some((base) => {
      const seed = digests(base, 'lookup seed', field, value);
      return [...keys.generation.values()].some((generation) =>
        Array.from({ length: 8 }, (_, i) => digests(generation, 'lookup digest', seed, String(i))).some((digest) =>
          loot.recordings.some(({ bytes }) => bytes.includes(digest)),
        ),
      );
    }),
  );
  return {
    texts: [...texts],
    confirmed: confirmed.map(({ value }) => value),
    keys: Object.fromEntries(Object.entries(keys).map(([level, found]) => [level, found.size])) as Spoils['keys'],
  };
}

/** Sealed files: one segment each, because the test's files are small. */
function openFiles(loot: Loot, dataKeys: ReadonlyMap<string, Buffer>): string[] {
  const texts: string[] = [];
  const named = loot.recordings.filter(({ name }) => uuid.test(name));
  const ids = new Set<string>();
  for (const { bytes } of loot.recordings.filter(({ name }) => !uuid.test(name)))
    for (const person of loot.persons) {
      const binary = Buffer.from(person.replaceAll('-', ''), 'hex');
      // A file's row: customer, person, file.
      for (let at = bytes.indexOf(binary); at !== -1; at = bytes.indexOf(binary, at + 1)) {
        const id = asUuid(bytes.subarray(at + 16, at + 32));
        if (uuid.test(id)) ids.add(id);
      }
    }
  for (const { bytes } of named)
    for (const customer of loot.customers)
      for (const person of loot.persons)
        for (const file of ids)
          for (const key of dataKeys.values()) {
            const nonce = Buffer.concat([bytes.subarray(1, 8), Buffer.from([0, 0, 0, 0, 1])]);
            const sealed = bytes.subarray(8);
            const whole = Buffer.concat([Buffer.from([1]), nonce, sealed]);
            const plain = open(key, place('file', customer, person, '', file, '1'), whole);
            if (plain !== undefined) texts.push(plain.toString().replaceAll('\0', ''));
          }
  return texts;
}

/**
 * Whose rows hold this digest anywhere: equal digests would tell, without any key, that two people have the same value. A
 * row of a lookup is its customer, generation, digest and person, one behind the other.
 */
export function personsBeside(recordings: readonly Recording[], digest: Buffer): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { bytes } of recordings)
    for (let at = bytes.indexOf(digest); at !== -1; at = bytes.indexOf(digest, at + 1)) {
      const person = asUuid(bytes.subarray(at + digest.length, at + digest.length + 16));
      if (uuid.test(person)) found.add(person);
    }
  return found;
}
