import type { QueryClient } from '@tanstack/react-query';
import type { Session } from './api/types.ts';
import { setLanguage } from './i18n/i18n.ts';

/** Somebody came in: what was there before is forgotten, the language is theirs. */
export function enter(client: QueryClient, session: Session): void {
  client.clear();
  client.setQueryData(['session'], session);
  setLanguage(session.language);
}
