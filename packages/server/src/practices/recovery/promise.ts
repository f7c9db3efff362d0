import type { Practice } from '../../claims/vocabulary.ts';
import { practice } from '../later.ts';
import type { PracticeNeeds } from '../needs.ts';
import { nightlySentence, provenSentence, toldSentence } from './claims.ts';
import { redundantSentence } from './redundant.ts';
import { sourceCodeSentence } from './source-code/claim.ts';

export function createRecovery(needs: PracticeNeeds): Practice {
  return practice('recovery', { de: 'Notfallwiederherstellung', en: 'Disaster recovery' }, [
    redundantSentence(needs),
    provenSentence(needs.recovery),
    nightlySentence(needs.recovery),
    sourceCodeSentence(needs.sourceCode),
    toldSentence(needs.recovery),
  ]);
}
