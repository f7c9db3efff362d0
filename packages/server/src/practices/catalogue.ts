/** The table of contents of the security page: twelve practices, in the order in which they are read. */
import type { Practice } from '../claims/vocabulary.ts';
import { createCompliance } from './compliance/promise.ts';
import { createConfidentiality } from './confidentiality/promise.ts';
import { createEncryption } from './encryption/promise.ts';
import { createErasure } from './erasure/promise.ts';
import { createHosts } from './hosts/promise.ts';
import { createLocation } from './location/promise.ts';
import { createLogging } from './logging/promise.ts';
import type { PracticeNeeds } from './needs.ts';
import { createNetwork } from './network/promise.ts';
import { createProductSecurity } from './product-security/promise.ts';
import { createRecovery } from './recovery/promise.ts';
import { createSignInLog } from './sign-in-log/promise.ts';
import { createTwoFactor } from './two-factor/promise.ts';

export function createPractices(needs: PracticeNeeds): readonly Practice[] {
  return [
    createLocation(needs),
    createConfidentiality(needs),
    createCompliance(),
    createSignInLog(),
    createTwoFactor(needs),
    createErasure(needs),
    createEncryption(needs),
    createRecovery(needs),
    createNetwork(),
    createHosts(),
    createLogging(),
    createProductSecurity(),
  ];
}
