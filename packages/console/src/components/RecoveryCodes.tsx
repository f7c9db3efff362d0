import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { save } from '../save.ts';
import { CopyButton } from './CopyButton.tsx';

/** Shown once: copy, print, keep as a file, go on. */
export function RecoveryCodes({ codes, onKept }: { readonly codes: readonly string[]; readonly onKept: () => void }) {
  const { t } = useTranslation();
  return (
    <section className="stack panel" aria-label={t('codes.title')}>
      <h2>{t('codes.title')}</h2>
      <p>{t('codes.text')}</p>
      <ul className="codes">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className="row">
        <CopyButton text={codes.join('\n')} />
        <Button variant="default" onClick={() => window.print()}>
          {t('common.print')}
        </Button>
        <Button
          variant="default"
          onClick={() => save('obhut-recovery-codes.txt', `${codes.join('\n')}\n`, 'text/plain')}
        >
          {t('codes.file')}
        </Button>
        <Button onClick={onKept}>{t('codes.kept')}</Button>
      </div>
    </section>
  );
}
