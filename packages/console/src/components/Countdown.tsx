import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { duration } from '../format.ts';
import { useNow } from '../hooks/useNow.ts';

/** How long something still lasts. Not announced each second: a screen reader would never be silent. */
export function Countdown({ until, onOver }: { readonly until: string; readonly onOver?: () => void }) {
  const { t, i18n } = useTranslation();
  const now = useNow(1_000);
  const left = (new Date(until).getTime() - now) / 1_000;
  useEffect(() => {
    if (left <= 0) onOver?.();
  }, [left, onOver]);
  return (
    <span className="soft" role="timer" aria-live="off">
      {t('viewer.left', { time: duration(left, i18n.language) })}
    </span>
  );
}
