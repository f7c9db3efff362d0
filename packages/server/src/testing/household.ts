/** Customers, people and a collection to test with. */
import { randomUUID } from 'node:crypto';
import type { Http } from './http.ts';

export const contacts = {
  schema: {
    type: 'object',
    properties: { name: { type: 'string' }, mail: { type: 'string' }, note: { type: 'string' } },
    required: ['name'],
  },
  fields: {
    name: { class: 'personal' },
    mail: { class: 'personal', lookup: true },
    note: { class: 'personal' },
  },
} as const;

export interface House {
  readonly customer: string;
  /** `/v1/customers/<id>` */
  readonly base: string;
  person(): Promise<string>;
  recordUrl(person: string, record?: string): string;
  put(person: string, data: unknown, record?: string): Promise<string>;
  find(mail: string): Promise<readonly { readonly person: string; readonly record: string }[]>;
  /** How many entries of this kind the customer's access log has, of its first thousand. */
  entries(kind: string): Promise<number>;
}

function ok<Answer extends { readonly status: number; readonly text: string }>(answer: Answer): Answer {
  if (answer.status >= 300) throw new Error(`${answer.status} ${answer.text}`);
  return answer;
}

/** A customer with the collection `contacts`, where `mail` is a lookup. */
export async function createHouse(http: Http, definition: object = contacts): Promise<House> {
  const made = ok(await http.post('/v1/customers', { label: `c-${randomUUID()}` }));
  const customer = made.json<{ id: string }>().id;
  const base = `/v1/customers/${customer}`;
  ok(await http.put(`${base}/collections/contacts`, definition));
  const recordUrl = (person: string, record: string = randomUUID()) =>
    `${base}/people/${person}/records/contacts/${record}`;
  return {
    customer,
    base,
    recordUrl,
    async person() {
      return ok(await http.post(`${base}/people`, {})).json<{ person: string }>().person;
    },
    async put(person, data, record = randomUUID()) {
      ok(await http.put(recordUrl(person, record), data));
      return record;
    },
    async find(mail) {
      const found = ok(await http.post(`${base}/records/find`, { collection: 'contacts', field: 'mail', value: mail }));
      return found.json<{ matches: { person: string; record: string }[] }>().matches;
    },
    async entries(kind) {
      const { entries } = ok(await http.get(`${base}/journal?limit=1000`)).json<{
        entries: { entry: { kind: string } }[];
      }>();
      return entries.filter(({ entry }) => entry.kind === kind).length;
    },
  };
}
