/** Grants to test with: a customer with people and admins, and staff who ask, agree and look. */
import type { TestApp } from './app.ts';
import type { BrowserAnswer } from './browser.ts';
import { createHouse, type House } from './household.ts';
import type { Member, Team } from './team.ts';

/** A collection with a field of each class and mask. */
export const clients = {
  schema: {
    type: 'object',
    properties: {
      name: { type: 'string' },
      mail: { type: 'string' },
      born: { type: 'string' },
      note: { type: 'string' },
      plan: { type: 'string' },
    },
    required: ['name'],
  },
  fields: {
    name: { class: 'personal', mask: 'initial' },
    mail: { class: 'personal', mask: 'domain', lookup: true },
    born: { class: 'sensitive', mask: 'year' },
    note: { class: 'sensitive' },
    plan: { class: 'plain' },
  },
} as const;

export const client = {
  name: 'Ada Muster',
  mail: 'ada@example.org',
  born: '1975-04-23',
  note: 'came on a Tuesday',
  plan: 'basic',
} as const;

export interface Place {
  readonly house: House;
  readonly admin: Member;
  readonly person: string;
  readonly record: string;
}

export interface GrantWishes {
  readonly collections?: readonly { readonly collection: string; readonly fields: readonly string[] | null }[];
  readonly persons?: readonly string[] | null;
  readonly purpose?: string;
  readonly minutes?: number;
  readonly emergency?: boolean;
}

export interface Granting {
  /** A customer with one admin, one person and one record. */
  place(): Promise<Place>;
  ask(by: Member, place: Place, wish?: GrantWishes): Promise<string>;
  agree(by: Member, grant: string): Promise<BrowserAnswer>;
  /** What an admin's passkey answers to the challenge for this grant. */
  assertion(by: Member, grant: string): Promise<object>;
  approve(by: Member, grant: string): Promise<BrowserAnswer>;
  /** Asked for, agreed to by a colleague, approved by the customer. */
  active(by: Member, colleague: Member, place: Place, wish?: GrantWishes): Promise<string>;
  state(by: Member, grant: string): Promise<string>;
}

export const wishOf = (place: Place, wish: GrantWishes = {}) => ({
  customer: place.house.customer,
  collections: [{ collection: 'contacts', fields: ['name', 'mail', 'plan'] }],
  persons: null,
  purpose: 'customer_request',
  ticket: 'T-4711',
  justification: 'The customer cannot see a client of hers and asks for help.',
  telemetry: 'The logs only show that the list is short.',
  minutes: 60,
  emergency: false,
  ...wish,
});

function ok(answer: BrowserAnswer): BrowserAnswer {
  if (answer.status >= 300) throw new Error(`${answer.status} ${answer.text}`);
  return answer;
}

export function createGranting(test: TestApp, team: Team): Granting {
  async function assertion(by: Member, grant: string): Promise<object> {
    const begun = ok(await by.browser.post(`/v1/grants/${grant}/approval/options`));
    const { flow, options } = begun.json<{ flow: string; options: object }>();
    return { flow, response: by.key.get(options) };
  }
  const ask: Granting['ask'] = async (by, place, wish) => {
    const asked = ok(await by.browser.post('/v1/grants', wishOf(place, wish)));
    return asked.json<{ id: string }>().id;
  };
  const agree: Granting['agree'] = async (by, grant) => {
    await by.confirm();
    return by.browser.post(`/v1/grants/${grant}/agreement`);
  };
  const approve: Granting['approve'] = async (by, grant) =>
    by.browser.post(`/v1/grants/${grant}/approval`, await assertion(by, grant));

  return {
    ask,
    agree,
    assertion,
    approve,
    async place() {
      const house = await createHouse(test.http, clients);
      const person = await house.person();
      const record = await house.put(person, client);
      return { house, person, record, admin: await team.inviteAdmin(house.customer) };
    },
    async active(by, colleague, place, wish) {
      const grant = await ask(by, place, wish);
      ok(await agree(colleague, grant));
      ok(await approve(place.admin, grant));
      return grant;
    },
    async state(by, grant) {
      return ok(await by.browser.get(`/v1/grants/${grant}`)).json<{ state: string }>().state;
    },
  };
}
