import type { Rider } from '../journal/flush.ts';
import { withCurrentKeys } from '../keyring/current.ts';
import type { Keyring } from '../keyring/keyring.ts';
import type { PersonRow } from '../keyring/person-keys.ts';
import type { Database } from '../platform/database/database.ts';
import { Problem } from '../platform/http/problem.ts';
import type { CustomerId, PersonId } from '../platform/ids/ids.ts';
import type { AskOrderedAway } from './bring-back.ts';
import type { AccessLog, Call } from './call.ts';

export interface People {
  /**
   * Makes a person: a key, a pseudonym, nothing else. The id may be given, so that a retry makes the same one.
   * @param exportedAt when the person is brought back from an export of that moment
   * @throws Problem `ordered_away` where the person was erased since
   */
  create(
    customer: CustomerId,
    call: Call,
    id?: PersonId,
    exportedAt?: Date,
  ): Promise<{ readonly person: PersonId; readonly receipt: string | undefined }>;
  /** In the order of ids, from `after` (exclusive). */
  list(customer: CustomerId, after: PersonId | undefined, limit: number): Promise<readonly PersonId[]>;
}

export function createPeople(
  database: Database,
  keyring: Keyring,
  log: AccessLog,
  askOrderedAway: AskOrderedAway,
): People {
  const arrival: Rider<PersonRow> = {
    name: 'person',
    async apply(connection, rows) {
      await keyring.insertPersons(connection, rows);
      return rows.map(() => true);
    },
  };

  return {
    async create(customerId, call, id, exportedAt) {
      return withCurrentKeys(keyring, customerId, async (customer) => {
        if (id !== undefined && (await keyring.person(customerId, id)) !== undefined)
          return { person: id, receipt: undefined };
        if (id !== undefined && exportedAt !== undefined) {
          const away = await askOrderedAway({ customer: customerId, person: id, at: exportedAt });
          if (away.person) throw new Problem('ordered_away', { field: 'person' });
        }
        const { handle, row } = keyring.newPerson(customer, id);
        const receipt = await log.change(
          handle,
          call,
          { kind: 'person.create', scope: {} },
          { rider: arrival, payload: row },
        );
        if (receipt === 'stale') return 'stale';
        if (receipt === 'declined') return 'conflict';
        keyring.keep(handle);
        return { person: handle.person, receipt };
      });
    },
    async list(customer, after, limit) {
      const rows = await database.query<{ person_id: PersonId }>(
        `select person_id from keyring.person where customer_id = $1 and ($2::uuid is null or person_id > $2) and not locked
         order by person_id limit $3`,
        [customer, after ?? null, limit],
        'people-list',
      );
      return rows.map(({ person_id: person }) => person);
    },
  };
}
