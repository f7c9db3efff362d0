import type { Settings } from '../platform/config/settings.ts';
import type { Language } from './language.ts';
import { start } from './start.ts';

/**
 * `journal fsck`: rebuilds every log from its entries and compares everything that was stored and signed. Runs where the
 * server does not (it takes the data folder's lock).
 * @returns the exit code: 0 when all is well.
 */
export async function checkJournal(settings: Settings, language: Language): Promise<number> {
  // Nobody is to reach it meanwhile: any free port of the loopback.
  const running = await start({ ...settings, host: '127.0.0.1', port: 0, metricsPort: 0 }, { probes: false });
  try {
    const { logs, entries, findings } = await running.app.journal.fsck();
    for (const { origin, problem } of findings) process.stdout.write(`${origin}: ${problem}\n`);
    process.stdout.write(
      language === 'de'
        ? `${logs} Protokolle, ${entries} Einträge, ${findings.length} Fehler\n`
        : `${logs} logs, ${entries} entries, ${findings.length} problems\n`,
    );
    return findings.length === 0 ? 0 : 1;
  } finally {
    await running.stop();
  }
}
