/** Listing sign-ins: whoever reads where somebody came from leaves an entry first. */
import type { Actor } from '../../journal/entry.ts';
import type { Journal } from '../../journal/journal.ts';
import { withCurrentKeys } from '../../keyring/current.ts';
import type { ActorDetail } from '../../keyring/details.ts';
import type { Keyring } from '../../keyring/keyring.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import type { AccountId, CustomerId, PersonId, SignInId } from '../../platform/ids/ids.ts';
import type { ReportedDevice } from './device.ts';
import type { SignInAct, SignInOutcome } from './sign-in-log.ts';

/** As it is listed. Address and user agent only where they were opened. */
export interface SignIn {
  readonly id: SignInId;
  readonly at: Date;
  readonly account: AccountId | undefined;
  readonly act: SignInAct;
  readonly outcome: SignInOutcome;
  /** How many attempts it stands for. */
  readonly attempts: number;
  readonly method: string;
  readonly provider: string | undefined;
  readonly device: ReportedDevice;
  readonly newDevice: boolean;
  readonly newPlace: boolean;
  readonly log: 'access' | 'operator';
  readonly index: number | undefined;
  /** Of that log. */
  readonly generation: number;
  readonly detail: ActorDetail | undefined;
}

export interface SignInFilter {
  readonly account?: AccountId;
  readonly outcome?: SignInOutcome;
  /** Older than this one. */
  readonly after?: SignInId;
  readonly limit: number;
}

/** Newest first; opens the details of each person against an entry of its own. */
export type SignInList = (filter: SignInFilter, reader: Actor) => Promise<readonly SignIn[]>;

interface Row {
  readonly sign_in_id: SignInId;
  readonly account_id: AccountId | null;
  readonly person_id: PersonId | null;
  readonly at: Date;
  readonly act: SignInAct;
  readonly outcome: SignInOutcome;
  readonly attempts: number;
  readonly method: string;
  readonly provider: string | null;
  readonly device_type: ReportedDevice['type'];
  readonly browser: string | null;
  readonly system: string | null;
  readonly new_device: boolean;
  readonly new_place: boolean;
  readonly salt: string;
  readonly detail: Buffer;
  readonly log: 'access' | 'operator';
  readonly idx: number | null;
  readonly generation: number;
}

const asSignIn = (row: Row, detail: ActorDetail | undefined): SignIn => ({
  id: row.sign_in_id,
  at: row.at,
  account: row.account_id ?? undefined,
  act: row.act,
  outcome: row.outcome,
  attempts: row.attempts,
  method: row.method,
  provider: row.provider ?? undefined,
  device: { type: row.device_type, browser: row.browser ?? undefined, system: row.system ?? undefined },
  newDevice: row.new_device,
  newPlace: row.new_place,
  log: row.log,
  index: row.idx ?? undefined,
  generation: row.generation,
  detail,
});

export interface SignInListOptions {
  readonly database: Database;
  readonly journal: Journal;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly operator: () => Promise<CustomerId>;
}

export function createSignInList({ database, journal, keyring, clock, operator }: SignInListOptions): SignInList {
  /** One entry per person and listing, then all details of that person. */
  async function openOf(person: PersonId, rows: readonly Row[], reader: Actor): Promise<readonly ActorDetail[]> {
    return withCurrentKeys(keyring, await operator(), async ({ customer }) => {
      const handle = await keyring.person(customer, person);
      // Erased meanwhile: what they were called from is gone with their key.
      if (handle === undefined) return [];
      const outcome = await journal.append({
        customer,
        log: 'access',
        entry: {
          kind: 'signins.read',
          at: clock.now(),
          actor: reader,
          subject: handle.subject,
          purpose: 'account_administration',
          legalBasis: 'gdpr-6-1-f',
          scope: { count: rows.length },
          outcome: 'authorised',
          client: 'console',
        },
        fence: handle.fence,
        release: { customer, person, purpose: 'account_administration', collection: undefined, what: 'details' },
      });
      if (outcome.state !== 'appended' || outcome.receipt === undefined) return 'stale';
      return keyring.openOwnActorDetails(
        outcome.receipt,
        handle,
        rows.map(({ salt, detail }) => ({ salt, sealed: detail })),
      );
    });
  }

  async function openUnknown(rows: readonly Row[], reader: Actor): Promise<ReadonlyMap<SignInId, ActorDetail>> {
    const opened = new Map<SignInId, ActorDetail>();
    for (const month of new Set(rows.map(({ at }) => at.toISOString().slice(0, 7)))) {
      const own = rows.filter(({ at }) => at.toISOString().startsWith(month));
      const details = await withCurrentKeys(keyring, await operator(), async (customer) => {
        const outcome = await journal.append({
          customer: customer.customer,
          log: 'operator',
          entry: {
            kind: 'signins.read',
            at: clock.now(),
            actor: reader,
            purpose: 'account_administration',
            legalBasis: 'gdpr-6-1-f',
            scope: { count: own.length },
            outcome: 'authorised',
            client: 'console',
          },
          release: {
            customer: customer.customer,
            person: undefined,
            purpose: 'account_administration',
            collection: undefined,
            what: 'details',
          },
        });
        if (outcome.state !== 'appended' || outcome.receipt === undefined) return 'stale';
        return keyring.openActorDetails(
          outcome.receipt,
          customer,
          own[0]?.at ?? clock.now(),
          own.map(({ salt, detail }) => ({ salt, sealed: detail })),
        );
      });
      for (const [position, row] of own.entries()) {
        const detail = details[position];
        if (detail !== undefined) opened.set(row.sign_in_id, detail);
      }
    }
    return opened;
  }

  return async ({ account, outcome, after, limit }, reader) => {
    const rows = await database.query<Row>(
      `select s.*, a.person_id from identity.sign_in s
         left join identity.account a on a.customer_id = s.customer_id and a.account_id = s.account_id
         where s.customer_id = $1 and ($2::uuid is null or s.account_id = $2) and ($3::text is null or s.outcome = $3)
           and ($4::uuid is null or (s.at, s.sign_in_id) <
             (select at, sign_in_id from identity.sign_in where customer_id = $1 and sign_in_id = $4))
         order by s.at desc, s.sign_in_id desc limit $5`,
      [await operator(), account ?? null, outcome ?? null, after ?? null, limit],
    );
    const details = new Map(
      await openUnknown(
        rows.filter((row) => row.account_id === null),
        reader,
      ),
    );
    const persons = new Set(rows.flatMap(({ person_id: person }) => (person === null ? [] : [person])));
    await Promise.all(
      [...persons].map(async (person) => {
        const own = rows.filter((row) => row.person_id === person);
        const opened = await openOf(person, own, reader);
        for (const [position, detail] of opened.entries()) {
          const row = own[position];
          if (row !== undefined) details.set(row.sign_in_id, detail);
        }
      }),
    );
    return rows.map((row) => asSignIn(row, details.get(row.sign_in_id)));
  };
}
