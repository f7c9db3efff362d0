export type Language = 'de' | 'en';

/** German where the locale says so, English otherwise. */
export function terminalLanguage(environment: NodeJS.ProcessEnv): Language {
  const locale = environment.LC_ALL || environment.LC_MESSAGES || environment.LANG || '';
  return locale.toLowerCase().startsWith('de') ? 'de' : 'en';
}
