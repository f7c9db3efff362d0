import type { Practice } from '../../claims/vocabulary.ts';
import { open, practice } from '../later.ts';
import type { PracticeNeeds } from '../needs.ts';
import { redundantSentence } from './redundant.ts';
import { sourceCodeSentence } from './source-code/claim.ts';

const backups = {
  de: 'Gesichert wird jede Nacht, aber noch nicht durch eine Probe der Wiederherstellung gemessen.',
  en: 'Backups are made each night, but not yet measured by a rehearsed restore.',
};

export function createRecovery(needs: PracticeNeeds): Practice {
  return practice('recovery', { de: 'Notfallwiederherstellung', en: 'Disaster recovery' }, [
    redundantSentence(needs),
    open(
      'recovery.proven',
      ['S27'],
      {
        de: 'Sicherung und Wiederherstellung sind erprobt, auch für große Notfälle.',
        en: 'Backup and recovery are proven, for large disasters too.',
      },
      backups,
    ),
    open(
      'recovery.nightly',
      ['S28'],
      { de: 'Kundendaten werden jede Nacht gesichert.', en: 'Customer data is backed up every night.' },
      backups,
    ),
    sourceCodeSentence(needs.sourceCode),
    open(
      'recovery.told',
      ['S30'],
      {
        de: 'Fällt etwas aus, erfährt es der Betrieb sofort.',
        en: 'When something breaks, operations are told at once.',
      },
      {
        de: 'Alarme gehen hinaus, bis jemand sie bestätigt. Ob sie ankamen und wie schnell, wird noch nicht gemessen, und eine Bereitschaft gibt es noch nicht.',
        en: 'Alarms go out until somebody acknowledges them. Whether they arrived and how soon is not measured yet, and there is no rota yet.',
      },
    ),
  ]);
}
