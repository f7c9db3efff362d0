import { accessSchema } from './access/schema.ts';
import { alertsSchema } from './alerts/schema.ts';
import { claimsSchema } from './claims/schema.ts';
import { custodySchema } from './custody/schema.ts';
import { customersSchema } from './customers/schema.ts';
import { identitySchema } from './identity/schema.ts';
import { journalSchema } from './journal/schema.ts';
import { keyringSchema } from './keyring/schema.ts';
import { notifySchema } from './notify/schema.ts';
import type { RoomSchema } from './platform/database/tables.ts';
import { recoverySchema } from './practices/recovery/schema.ts';
import { sourceCodeSchema } from './practices/recovery/source-code/schema.ts';

/** Every room's tables and migrations, from the ground up. */
export const rooms: readonly RoomSchema[] = [
  journalSchema,
  keyringSchema,
  customersSchema,
  notifySchema,
  identitySchema,
  accessSchema,
  claimsSchema,
  alertsSchema,
  custodySchema,
  recoverySchema,
  sourceCodeSchema,
];
