/** Tokens that the made-up server lists: in use, over, revoked, waiting. */
import type { TokenInfo } from '../../packages/console/src/api/types.ts';
import { at, id, ids } from './console-ids.ts';

export const tokens: readonly TokenInfo[] = [
  {
    id: id(40),
    name: 'shop',
    customer: null,
    actions: ['records:read', 'records:write', 'records:find'],
    createdAt: at(-999),
    madeBy: ids.colleague,
    confirmedAt: at(-998),
    expiresAt: at(9_999),
    revokedAt: null,
  },
  {
    id: id(41),
    name: 'importer',
    customer: ids.customer,
    actions: ['import'],
    createdAt: at(-999),
    madeBy: ids.colleague,
    confirmedAt: at(-998),
    expiresAt: at(-9),
    revokedAt: null,
  },
  {
    id: id(42),
    name: 'old',
    customer: null,
    actions: ['export'],
    createdAt: at(-999),
    madeBy: ids.colleague,
    confirmedAt: at(-998),
    expiresAt: at(9_999),
    revokedAt: at(-3),
  },
  {
    id: id(43),
    name: 'report',
    customer: null,
    actions: ['export'],
    createdAt: at(-20),
    madeBy: ids.colleague,
    confirmedAt: null,
    expiresAt: at(9_999),
    revokedAt: null,
  },
];
