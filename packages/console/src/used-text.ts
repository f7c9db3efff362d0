import type { TFunction } from 'i18next';
import type { Grant } from './api/types.ts';

/** How often a grant was used, and how many fields were unmasked. */
export const usedText = (t: TFunction, { accesses, unmasked }: Pick<Grant, 'accesses' | 'unmasked'>): string =>
  `${t('grants.detail.used_accesses', { count: accesses })}, ${t('grants.detail.used_unmasked', { count: unmasked })}`;
