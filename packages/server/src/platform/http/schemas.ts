/** Shapes that several routes share. */
import { Type } from 'typebox';
import { namePattern, uuidPattern } from '../ids/ids.ts';

export const uuid = (description: string) => Type.String({ pattern: uuidPattern, description });
export const name = (description: string) => Type.String({ pattern: namePattern, description });
export const time = (description: string) => Type.String({ format: 'date-time', description });
export const receipt = Type.String({ description: 'where the entry of this access stands: log, index, leaf hash' });
/** A listing goes on after this; absent at its end. */
export const next = Type.Union([Type.String(), Type.Null()], {
  description: 'pass as `after` for the next page; null at the end',
});

export const customerParams = Type.Object({ customer: uuid('the customer') });
export const personParams = Type.Object({ customer: uuid('the customer'), person: uuid('the person') });

export const page = (maximum: number, fallback: number) =>
  Type.Object({
    after: Type.Optional(uuid('from the page before')),
    limit: Type.Integer({ minimum: 1, maximum, default: fallback }),
  });
