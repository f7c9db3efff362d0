import { useTranslation } from 'react-i18next';
import { absolute, relative, shortTime } from '../format.ts';
import { useNow } from '../hooks/useNow.ts';

/** A time: relative or short, and in full with its zone on hover. */
export function Time({ at, as = 'short' }: { readonly at: string; readonly as?: 'short' | 'relative' }) {
  const { i18n } = useTranslation();
  const now = useNow(30_000);
  return (
    <time dateTime={at} title={absolute(at, i18n.language)}>
      {as === 'relative' ? relative(at, now, i18n.language) : shortTime(at, i18n.language)}
    </time>
  );
}
