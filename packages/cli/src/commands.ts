import type { Command } from './command.ts';
import { alarmTest } from './commands/alarm.ts';
import { bringBack } from './commands/bring-back.ts';
import { collectionCommands } from './commands/collection.ts';
import { customerCommands } from './commands/customer.ts';
import { erasureCommands } from './commands/erasure.ts';
import { exportCommand } from './commands/export.ts';
import { importCommand } from './commands/import.ts';
import { init } from './commands/init.ts';
import { journalCommands } from './commands/journal.ts';
import { recoverOwner } from './commands/recover-owner.ts';
import { serverCommands } from './commands/server.ts';
import { tokenCommands } from './commands/token.ts';
import { verify } from './commands/verify.ts';
import { watch } from './commands/watch.ts';

/** Every command, in the order of `obhut --help`. */
export const commands: readonly Command[] = [
  init,
  recoverOwner,
  ...customerCommands,
  ...collectionCommands,
  ...tokenCommands,
  importCommand,
  exportCommand,
  bringBack,
  ...erasureCommands,
  ...journalCommands,
  verify,
  alarmTest,
  watch,
  ...serverCommands,
];

/** The command that the words name, and what follows them. The longest name wins: `journal proof` before `journal`. */
export function findCommand(
  typed: readonly string[],
): { readonly command: Command; readonly rest: readonly string[] } | undefined {
  for (const count of [2, 1]) {
    const words = typed.slice(0, count).join(' ');
    const command = commands.find((candidate) => candidate.words === words);
    if (command !== undefined) return { command, rest: typed.slice(count) };
  }
  return undefined;
}
