import { Value } from 'typebox/value';
import { type Settings, settingsSchema } from '../platform/config/settings.ts';

/** The defaults, silent, with what a test wants otherwise. */
export const testSettings = (over: Partial<Settings> = {}): Settings => ({
  ...(Value.Default(settingsSchema, { log: 'silent' }) as Settings),
  ...over,
});
