import { useTranslation } from 'react-i18next';
import { type Language, setLanguage } from '../i18n/i18n.ts';

const names: Readonly<Record<Language, string>> = { de: 'Deutsch', en: 'English' };

/** The other language, by its own name. */
export function LanguageSwitch({ onChange }: { readonly onChange?: (language: Language) => void }) {
  const { i18n } = useTranslation();
  const other: Language = i18n.language === 'de' ? 'en' : 'de';
  return (
    <a
      href={`#${other}`}
      lang={other}
      onClick={(event) => {
        event.preventDefault();
        setLanguage(other);
        onChange?.(other);
      }}
    >
      {names[other]}
    </a>
  );
}
