/**
 * The personal part of an account: name and address, sealed under its person's key like any record. Whoever reads it leaves
 * an entry first, also when a colleague opens the list of the team.
 */
import type { Actor } from '../../journal/entry.ts';
import type { Journal } from '../../journal/journal.ts';
import { personOf, withCurrentKeys } from '../../keyring/current.ts';
import type { CustomerHandle, Keyring } from '../../keyring/keyring.ts';
import type { DataKey } from '../../keyring/objects.ts';
import type { NewPerson, PersonHandle } from '../../keyring/person-keys.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import { type AccountId, asId, asName, type CustomerId, type PersonId, type RecordId } from '../../platform/ids/ids.ts';

export interface Profile {
  readonly name: string;
  readonly email: string;
  /** What somebody calls a passkey, by its id. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface SealedProfile {
  readonly dataKey: DataKey;
  readonly version: number;
  readonly sealed: Buffer;
}

interface Owner {
  readonly id: AccountId;
  readonly person: PersonId;
  readonly profile: SealedProfile;
}

/** Why a profile is opened; codes of the catalogue of purposes. */
export type ProfilePurpose = 'account_administration' | 'notification' | 'sign_in';

export interface Profiles {
  /** A new person of the operator's, with the profile sealed. Nothing is stored yet. */
  newPerson(id: AccountId, profile: Profile): Promise<NewPerson & { readonly profile: SealedProfile }>;
  /** @returns the next version, sealed. */
  reseal(owner: Owner, profile: Profile): Promise<SealedProfile>;
  /** Opens profiles, each against an entry of its own. */
  read(owners: readonly Owner[], actor: Actor, purpose: ProfilePurpose): Promise<readonly Profile[]>;
  person(person: PersonId): Promise<PersonHandle>;
}

const collection = asName('account');
const fields = [asName('email'), asName('name')];

export interface ProfilesOptions {
  readonly journal: Journal;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly operator: () => Promise<CustomerId>;
}

export function createProfiles({ journal, keyring, clock, operator }: ProfilesOptions): Profiles {
  const placeOf = (id: AccountId, { dataKey, version }: Pick<SealedProfile, 'dataKey' | 'version'>) => ({
    collection,
    record: asId<RecordId>(id),
    version,
    dataKey,
  });
  const seal = (
    handle: PersonHandle,
    id: AccountId,
    place: Pick<SealedProfile, 'dataKey' | 'version'>,
    profile: Profile,
  ) => ({ ...place, sealed: keyring.sealRecord(handle, placeOf(id, place), Buffer.from(JSON.stringify(profile))) });

  async function readOne(
    customer: CustomerHandle,
    owner: Owner,
    actor: Actor,
    purpose: ProfilePurpose,
  ): Promise<Profile | 'stale'> {
    const handle = await personOf(keyring, customer.customer, owner.person);
    const outcome = await journal.append({
      customer: customer.customer,
      log: 'access',
      entry: {
        kind: 'account.read',
        at: clock.now(),
        actor,
        subject: handle.subject,
        purpose,
        legalBasis: 'gdpr-6-1-f',
        scope: { collection, fields },
        outcome: 'authorised',
        client: 'console',
      },
      fence: handle.fence,
      release: { customer: customer.customer, person: owner.person, purpose, collection, what: 'records' },
    });
    if (outcome.state !== 'appended' || outcome.receipt === undefined) return 'stale';
    const [content] = keyring.openRecords(outcome.receipt, handle, [
      { ...placeOf(owner.id, owner.profile), sealed: owner.profile.sealed },
    ]);
    return JSON.parse(String(content)) as Profile;
  }

  return {
    async newPerson(id, profile) {
      return withCurrentKeys(keyring, await operator(), async (customer) => {
        const made = keyring.newPerson(customer);
        const place = { dataKey: keyring.newDataKey(made.handle), version: 1 };
        return { ...made, profile: seal(made.handle, id, place, profile) };
      });
    },
    async reseal({ id, person, profile: { dataKey, version } }, profile) {
      const handle = await personOf(keyring, await operator(), person);
      return seal(handle, id, { dataKey, version: version + 1 }, profile);
    },
    async read(owners, actor, purpose) {
      const customer = await operator();
      // Together, so that their entries share a flush.
      return Promise.all(
        owners.map((owner) => withCurrentKeys(keyring, customer, (handle) => readOne(handle, owner, actor, purpose))),
      );
    },
    person: async (person) => personOf(keyring, await operator(), person),
  };
}
