import { useTranslation } from 'react-i18next';
import type { ErasurePreview } from '../api/types.ts';
import { Facts } from './Facts.tsx';
import { Time } from './Time.tsx';

/** What exactly would go, what a hold keeps and until when. */
export function ErasurePreviewView({ preview, whole }: { readonly preview: ErasurePreview; readonly whole: boolean }) {
  const { t } = useTranslation();
  const { people, collections, files, holds } = preview;
  const nothing = people + files + collections.length === 0 || (whole && holds.length > 0);
  return (
    <>
      <section className="stack" style={{ '--gap': '0.5rem' } as React.CSSProperties} aria-label={t('erasures.goes')}>
        <h3>{t('erasures.goes')}</h3>
        {nothing ? (
          <p>{whole && holds.length > 0 ? t('erasures.staysCustomer') : t('erasures.nothingGoes')}</p>
        ) : (
          <Facts
            of={[
              [t('erasures.people'), people],
              ...collections.map(({ collection, records }) => [collection, records] as const),
              [t('erasures.files'), files],
            ]}
          />
        )}
      </section>
      {holds.length > 0 && (
        <section
          className="stack"
          style={{ '--gap': '0.5rem' } as React.CSSProperties}
          aria-label={t('erasures.staysTitle')}
        >
          <h3>{t('erasures.staysTitle')}</h3>
          <ul className="plain">
            {holds.map(({ hold, collection, records, until, reason }) => (
              <li key={hold}>
                {collection !== null && <span className="mono">{collection} </span>}
                {t('erasures.heldRecords', { count: records })} · {t('erasures.heldUntil')} <Time at={until} />
                <div className="soft">{reason}</div>
              </li>
            ))}
          </ul>
          <p className="soft">{t('erasures.staysText')}</p>
        </section>
      )}
      <p>
        {preview.secondAdmin
          ? t('erasures.secondAdmin')
          : nothing && holds.length > 0
            ? t('erasures.waits')
            : t('erasures.after', { count: preview.coolingMinutes })}
      </p>
    </>
  );
}
