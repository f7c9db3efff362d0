/** Ids and times of what the made-up server says. */

export const id = (last: number) => `7f3a0000-0000-4000-8000-${String(last).padStart(12, '0')}`;

export const ids = {
  me: id(1),
  colleague: id(2),
  customer: id(10),
  operator: id(11),
  person: id(20),
  record: id(21),
  grant: id(30),
} as const;

const minute = 60_000;
export const at = (minutes: number) => new Date(Date.now() + minutes * minute).toISOString();
