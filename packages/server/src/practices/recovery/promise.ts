import type { Practice } from '../../claims/vocabulary.ts';
import { open, practice } from '../later.ts';
import type { PracticeNeeds } from '../needs.ts';
import { nightlySentence, provenSentence, toldSentence } from './claims.ts';
import { sourceCodeSentence } from './source-code/claim.ts';

export function createRecovery(needs: PracticeNeeds): Practice {
  return practice('recovery', { de: 'Notfallwiederherstellung', en: 'Disaster recovery' }, [
    open(
      'recovery.redundant',
      ['S26'],
      { de: 'Kundendaten liegen an mehreren Standorten.', en: 'Customer data lies at several sites.' },
      {
        de: 'Ob Sicherung und Protokoll an mehreren Standorten liegen, wird noch nicht gemessen.',
        en: 'Whether backup and log lie at several sites is not measured yet.',
      },
    ),
    provenSentence(needs.recovery),
    nightlySentence(needs.recovery),
    sourceCodeSentence(needs.sourceCode),
    toldSentence(needs.recovery),
  ]);
}
