import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Command } from '../command.ts';
import { exitCodes, failed } from '../exit.ts';
import type { Text } from '../language.ts';

/** Beside this package in the project; an installed CLI has no server with it. */
const server = fileURLToPath(new URL('../../../server/src/main.ts', import.meta.url));

/** Runs the server's own program with these words: it knows its settings and its database, this package does not. */
function serverCommand(words: string, summary: Text, help: Text): Command {
  return {
    words,
    summary,
    help,
    options: {},
    positionals: 0,
    async run(_terminal, given) {
      if (!existsSync(server)) {
        throw failed('server_elsewhere', {
          de: `„obhut ${words}“ läuft auf dem Rechner des Servers, im Ordner von Obhut.`,
          en: `"obhut ${words}" runs on the server's machine, in Obhut's folder.`,
        });
      }
      const args = [server, ...words.split(' '), ...(given.flag('json') ? ['--json'] : [])];
      const child = spawn(process.execPath, args, { stdio: 'inherit' });
      const code = await new Promise<number | null>((resolve, reject) => {
        child.on('error', reject);
        child.on('exit', resolve);
      });
      return code === 0 ? exitCodes.ok : exitCodes.failed;
    },
  };
}

export const serverCommands = [
  serverCommand(
    'config check',
    { de: 'die Einstellungen des Servers prüfen', en: "check the server's settings" },
    {
      de: `obhut config check

  Prüft obhut.yaml und die Umgebung, ohne zu starten. Auf dem Rechner des Servers.

Beispiel
  OBHUT_PORT=8511 obhut config check
`,
      en: `obhut config check

  Checks obhut.yaml and the environment without starting. On the server's machine.

Example
  OBHUT_PORT=8511 obhut config check
`,
    },
  ),
  serverCommand(
    'journal fsck',
    { de: 'alle Protokolle neu rechnen und vergleichen', en: 'rebuild all logs and compare' },
    {
      de: `obhut journal fsck

  Baut jedes Protokoll aus seinen Einträgen neu und vergleicht Blätter, Kacheln, Wurzeln, Prüfpunkte
  und die Stände, die außerhalb der Datenbank liegen. Auf dem Rechner des Servers, wenn er nicht läuft.
  Endet mit 1, wenn etwas nicht stimmt.

Beispiel
  OBHUT_DATA=./data obhut journal fsck
`,
      en: `obhut journal fsck

  Rebuilds each log from its entries and compares leaves, tiles, roots, checkpoints, and the heads that
  are kept outside the database. On the server's machine, while it does not run. Ends with 1 when
  something is wrong.

Example
  OBHUT_DATA=./data obhut journal fsck
`,
    },
  ),
  serverCommand(
    'db roles',
    {
      de: 'das SQL der Rollen für eine eigene Datenbank zeigen',
      en: 'print the SQL of the roles for your own database',
    },
    {
      de: `obhut db roles

  Zeigt das SQL, das die drei Rollen in einer eigenen PostgreSQL anlegt.

Beispiel
  obhut db roles | psql "$ADMIN_URL"
`,
      en: `obhut db roles

  Prints the SQL that creates the three roles in a PostgreSQL of your own.

Example
  obhut db roles | psql "$ADMIN_URL"
`,
    },
  ),
];
