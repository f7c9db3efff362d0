import { journalSchema } from './journal/schema.ts';
import type { RoomSchema } from './platform/database/tables.ts';

/** Every room's tables and migrations, from the ground up. */
export const rooms: readonly RoomSchema[] = [journalSchema];
