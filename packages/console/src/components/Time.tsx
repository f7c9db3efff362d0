import { useTranslation } from 'react-i18next';
import { absolute, relative, shortTime } from '../format.ts';
import { useNow } from '../hooks/useNow.ts';

/** A time: relative or short, and in full with its zone on hover and to screen readers. */
export function Time({ at, as = 'short' }: { readonly at: string; readonly as?: 'short' | 'relative' }) {
  const { i18n } = useTranslation();
  const now = useNow(30_000);
  const whole = absolute(at, i18n.language);
  return (
    <time dateTime={at} title={whole}>
      {as === 'relative' ? (
        <>
          {relative(at, now, i18n.language)}
          {/* A title is for those who can point. */}
          <span className="unseen"> ({whole})</span>
        </>
      ) : (
        shortTime(at, i18n.language)
      )}
    </time>
  );
}
