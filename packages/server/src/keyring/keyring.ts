/** The keyring: whose keys there are, and the two doors through which data is sealed and opened. */
import type { Receipt } from '../journal/receipt.ts';
import type { Clock } from '../platform/clock/clock.ts';
import type { Database, Queryable } from '../platform/database/database.ts';
import type { TableDeclaration } from '../platform/database/tables.ts';
import type { CustomerId, Name, PersonId } from '../platform/ids/ids.ts';
import type { Site } from '../platform/sites/site.ts';
import { type CustomerKeys, createCustomerKeyring } from './customer-keys.ts';
import { createDeaths, type Deaths } from './deaths.ts';
import {
  type ActorDetail,
  type DetailPart,
  openActorDetails,
  openOwnActorDetails,
  type SealedDetail,
  type SubjectDetail,
  sealActorDetail,
  sealOwnActorDetail,
  sealSubjectDetail,
} from './details.ts';
import { createEpochs } from './epoch.ts';
import { type BegunGeneration, beginGeneration, flipGeneration, type RaiseFence } from './generation.ts';
import { type LookupGenerationName, lookupDigest, lookupSeed } from './lookup.ts';
import { createNodes, type Nodes } from './nodes.ts';
import { createObjects, type Objects, type SeedPlace } from './objects.ts';
import { createOpeningRegister, type Openings } from './openings.ts';
import {
  createPersonKeyring,
  insertPersons,
  isLocked,
  type NewPerson,
  newPerson,
  type PersonHandle,
  type PersonRow,
} from './person-keys.ts';
import { createProber, type Prober } from './prober.ts';
import { createRollover, type Rollover, type RolloverOptions } from './rollover.ts';
import type { Safes } from './safes.ts';
import { createSnapshots } from './snapshot.ts';

/** A customer whose keys are loaded. Opaque: the keys stay in this room. */
export interface CustomerHandle {
  readonly customer: CustomerId;
  readonly fence: number;
}

export interface Keyring extends Omit<Objects, 'openSeed'> {
  /** Loads the epochs from the safes; makes the first on an empty installation. */
  ready(): Promise<{ readonly made: boolean }>;
  createCustomer(connection: Queryable, customer: CustomerId): Promise<void>;
  /** At once where the keys are loaded. */
  customer(customer: CustomerId): CustomerHandle | undefined | Promise<CustomerHandle | undefined>;
  /** `undefined` when there is no such customer or no such person: the caller cannot tell which. */
  person(customer: CustomerId, person: PersonId): PersonHandle | undefined | Promise<PersonHandle | undefined>;
  /** Also where an order is open: for what goes on meanwhile and releases nothing (a new generation of lookups). */
  personForUpkeep(customer: CustomerId, person: PersonId): Promise<PersonHandle | undefined>;
  newPerson(customer: CustomerHandle, person?: PersonId): NewPerson;
  insertPersons(connection: Queryable, rows: readonly PersonRow[]): Promise<void>;
  /** Keeps a new person's keys, once they are stored. */
  keep(person: PersonHandle): void;
  /** Whether the fence is still where it was when these keys were loaded. */
  isCurrent(customer: CustomerHandle): Promise<boolean>;
  /** The journal refused an old fence: load this customer's keys anew. */
  stale(customer: CustomerId): void;
  sealSubjectDetail(person: PersonHandle, entrySalt: string, detail: SubjectDetail): SealedDetail;
  sealActorDetail(customer: CustomerHandle, at: Date, entrySalt: string, detail: ActorDetail): Promise<SealedDetail>;
  sealOwnActorDetail(actor: PersonHandle, entrySalt: string, detail: ActorDetail): SealedDetail;
  /** Details of one person as actor, against a receipt for them. */
  openOwnActorDetails(receipt: Receipt, actor: PersonHandle, parts: readonly DetailPart[]): readonly ActorDetail[];
  /** Details of services and unknown accounts of one month, against a receipt for nobody in particular. */
  openActorDetails(
    receipt: Receipt,
    customer: CustomerHandle,
    month: Date,
    parts: readonly DetailPart[],
  ): Promise<readonly ActorDetail[]>;
  /** Whether a new generation of the customer's lookups is being built. */
  isBuilding(customer: CustomerHandle): boolean;
  /** A value's seed: keyed, and only ever stored sealed. */
  lookupSeed(customer: CustomerHandle, field: string, normalised: string): Buffer;
  /** Digests of a seed for the positions wanted, in the generation that searches use or in the one being built. */
  lookupDigests(
    customer: CustomerHandle,
    which: LookupGenerationName,
    seed: Buffer,
    positions: readonly number[],
  ): LookupDigests | undefined;
  /** As `lookupDigests`, from a sealed seed, which does not leave this room. */
  digestsOfSeed(
    person: PersonHandle,
    place: SeedPlace,
    field: Name,
    sealedSeed: Buffer,
    which: LookupGenerationName,
    positions: readonly number[],
  ): Promise<readonly Buffer[] | undefined>;
  beginGeneration(customer: CustomerId, raiseFence: RaiseFence): Promise<BegunGeneration | undefined>;
  flipGeneration(customer: CustomerId, raiseFence: RaiseFence): Promise<void>;
  /** Copies of wrapped keys, and whether anything alive still opens them. */
  readonly prober: Prober;
  /** What closes keys. */
  readonly deaths: Deaths;
  /** Says that this server lives, and drops what a rollover closes. */
  readonly nodes: Nodes;
  rollover(hooks: Pick<RolloverOptions, 'renewLookups' | 'clearLookups' | 'note'>): Rollover;
  statistics(): { readonly persons: number };
  /** The entries that allowed what this process opened. */
  openings(): Openings;
  close(): void;
}

export interface LookupDigests {
  readonly generation: string;
  readonly digests: readonly Buffer[];
}

export interface KeyringOptions {
  readonly database: Database;
  /** For the rows of persons, which every first access to one needs. */
  readonly readDatabase: Queryable;
  readonly clock: Clock;
  readonly safes: Safes;
  readonly fence: (customer: CustomerId) => Promise<number | undefined>;
  readonly raiseFence: RaiseFence;
  readonly maxCachedKeys: number;
  /** Every room's, so that a new person key finds all data keys below it. */
  readonly tables: readonly TableDeclaration[];
  /** For keyring snapshots. */
  readonly sites: readonly Site[];
  /** Names this server among those that share the database. */
  readonly node: string;
  readonly beatEveryMs?: number;
}

export function createKeyring(options: KeyringOptions): Keyring {
  const { database, readDatabase, clock, safes, fence, raiseFence, maxCachedKeys, node } = options;
  const epochs = createEpochs(database, safes);
  const customers = createCustomerKeyring({ database, epochs, clock, fence });
  const persons = createPersonKeyring(readDatabase, clock, maxCachedKeys);
  const { openSeed, ...objects } = createObjects(clock);
  const openings = createOpeningRegister();
  const nodes = createNodes({
    database,
    clock,
    node,
    ...(options.beatEveryMs !== undefined && { everyMs: options.beatEveryMs }),
    drop(epoch, closed) {
      epochs.forget(epoch);
      for (const customer of closed) customers.forget(customer);
      customers.forgetLogKeys(closed);
      persons.forget(closed);
    },
    wipe() {
      persons.clear();
      customers.clear();
      epochs.release();
    },
  });
  const held = new WeakMap<CustomerHandle, CustomerKeys>();
  const handles = new WeakMap<CustomerKeys, CustomerHandle>();

  function handleOf(keys: CustomerKeys): CustomerHandle {
    const known = handles.get(keys);
    if (known !== undefined) return known;
    const handle = { customer: keys.customer, fence: keys.fence };
    handles.set(keys, handle);
    held.set(handle, keys);
    return handle;
  }

  /** An open order refuses every access, before any key is dead. */
  const openToCallers = (keys: CustomerKeys | undefined) =>
    keys?.locked === true ? opened(keys, (fresh) => (fresh.locked ? undefined : fresh)) : keys;

  /** What is locked in memory may have been taken back meanwhile, at another server: only the fence tells. */
  async function opened<Result>(
    keys: CustomerKeys,
    again: (fresh: CustomerKeys) => Result | Promise<Result>,
  ): Promise<Result | undefined> {
    if ((await fence(keys.customer)) === keys.fence) return undefined;
    customers.forget(keys.customer);
    const fresh = await customers.load(keys.customer);
    return fresh && again(fresh);
  }

  function unlocked(
    keys: CustomerKeys,
    person: PersonId,
  ): PersonHandle | undefined | Promise<PersonHandle | undefined> {
    const handle = persons.load(keys, person);
    if (handle instanceof Promise) return handle.then((loaded) => (loaded && isLocked(loaded) ? undefined : loaded));
    if (!isLocked(handle)) return handle;
    return opened(keys, async (fresh) => {
      const loaded = await persons.load(fresh, person);
      return loaded === undefined || isLocked(loaded) ? undefined : loaded;
    });
  }

  function keysOf(handle: CustomerHandle): CustomerKeys {
    const keys = held.get(handle);
    if (keys === undefined) throw new TypeError('not a handle of this keyring');
    return keys;
  }

  return {
    ...objects,
    openRecords(receipt, person, records) {
      const opened = objects.openRecords(receipt, person, records);
      openings.add(receipt);
      return opened;
    },
    openFileMetas(receipt, person, files) {
      const opened = objects.openFileMetas(receipt, person, files);
      openings.add(receipt);
      return opened;
    },
    openFile(receipt, person, ref, sealedMeta) {
      const opened = objects.openFile(receipt, person, ref, sealedMeta);
      openings.add(receipt);
      return opened;
    },
    openings: openings.read,
    ready: epochs.ready,
    createCustomer: customers.create,
    customer(customer) {
      const keys = customers.load(customer);
      if (keys instanceof Promise) return keys.then(openToCallers).then((open) => open && handleOf(open));
      const open = openToCallers(keys);
      return open instanceof Promise ? open.then((found) => found && handleOf(found)) : open && handleOf(open);
    },
    person(customer, person) {
      const keys = customers.load(customer);
      if (keys instanceof Promise) return keys.then(openToCallers).then((open) => open && unlocked(open, person));
      const open = openToCallers(keys);
      return open instanceof Promise
        ? open.then((found) => found && unlocked(found, person))
        : open && unlocked(open, person);
    },
    async personForUpkeep(customer, person) {
      const keys = await customers.load(customer);
      return keys && persons.load(keys, person);
    },
    newPerson: (customer, person) => newPerson(keysOf(customer), person),
    insertPersons,
    keep: persons.keep,
    isCurrent: async (handle) => (await fence(handle.customer)) === handle.fence,
    stale: customers.forget,
    sealSubjectDetail,
    async sealActorDetail(customer, at, entrySalt, detail) {
      const key = await customers.logKey(keysOf(customer), at);
      return sealActorDetail(key, customer.customer, entrySalt, detail);
    },
    sealOwnActorDetail,
    openOwnActorDetails(receipt, actor, parts) {
      const opened = openOwnActorDetails(receipt, clock, actor, parts);
      openings.add(receipt);
      return opened;
    },
    async openActorDetails(receipt, customer, month, parts) {
      const key = await customers.logKey(keysOf(customer), month);
      const opened = openActorDetails(receipt, clock, key, customer.customer, parts);
      openings.add(receipt);
      return opened;
    },
    isBuilding: (customer) => keysOf(customer).building !== undefined,
    lookupSeed: (customer, field, normalised) => lookupSeed(keysOf(customer).lookupBase, field, normalised),
    lookupDigests(customer, which, seed, positions) {
      const keys = keysOf(customer);
      const generation = which === 'current' ? keys.generation : keys.building;
      return (
        generation && {
          generation: generation.id,
          digests: positions.map((position) => lookupDigest(generation.key, seed, position)),
        }
      );
    },
    async digestsOfSeed(person, place, field, sealedSeed, which, positions) {
      const keys = await customers.load(person.customer);
      const generation = which === 'current' ? keys?.generation : keys?.building;
      if (keys === undefined || generation === undefined || keys.fence !== person.fence) return undefined;
      const seed = openSeed(person, place, field, sealedSeed);
      const digests = positions.map((position) => lookupDigest(generation.key, seed, position));
      seed.fill(0);
      return digests;
    },
    beginGeneration: (customer, raiseFence) => beginGeneration(database, customers, customer, raiseFence),
    flipGeneration: (customer, raiseFence) => flipGeneration(database, customers, customer, raiseFence),
    prober: createProber(database, epochs),
    deaths: createDeaths({ epochs, tables: options.tables, raiseFence }),
    nodes,
    rollover: (hooks) =>
      createRollover({
        database,
        clock,
        epochs,
        safes,
        nodes,
        node,
        raiseFence,
        snapshots: createSnapshots(database, options.sites, options.tables),
        ...hooks,
      }),
    statistics: () => ({ persons: persons.size() }),
    close() {
      persons.clear();
      customers.clear();
      epochs.drop();
    },
  };
}
