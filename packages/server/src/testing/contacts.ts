/** A collection with a field for each mask, and somebody in it. Nobody's data. */
export const definition = {
  schema: {
    type: 'object',
    properties: {
      name: { type: 'string' },
      mail: { type: 'string' },
      iban: { type: 'string' },
      note: { type: 'string' },
      plan: { type: 'string' },
    },
  },
  fields: {
    name: { class: 'personal', mask: 'initial' },
    mail: { class: 'personal', mask: 'domain', lookup: true },
    iban: { class: 'personal', mask: 'last4' },
    note: { class: 'sensitive' },
    plan: { class: 'plain' },
  },
};
export const ada = {
  name: 'Ada Lovelace',
  mail: 'ada@example.org',
  iban: 'DE02120300000000202051',
  note: 'private',
  plan: 'basic',
};
