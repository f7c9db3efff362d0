import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { de } from './de.ts';
import { sie } from './de-sie.ts';
import { en } from './en.ts';

export type Language = 'de' | 'en';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation';
    resources: { translation: typeof de };
  }
}

/** Until somebody has signed in, the browser's language. */
export function browserLanguage(): Language {
  return navigator.language.toLowerCase().startsWith('de') ? 'de' : 'en';
}

export function startI18n(): void {
  void i18next.use(initReactI18next).init({
    resources: { de: { translation: de }, en: { translation: en } },
    lng: browserLanguage(),
    fallbackLng: 'en',
    // React escapes what it renders.
    interpolation: { escapeValue: false },
    initAsync: false,
  });
  // The server writes into its page how it addresses people (setting `form`).
  if (document.documentElement.dataset.form === 'sie')
    for (const [key, text] of Object.entries(sie)) i18next.addResource('de', 'translation', key, text);
  document.documentElement.lang = i18next.language;
}

export function setLanguage(language: Language): void {
  if (i18next.language !== language) void i18next.changeLanguage(language);
  document.documentElement.lang = language;
}
