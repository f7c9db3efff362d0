import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../api/http.ts';
import type { SecurityPage } from '../api/types.ts';
import { ClaimRow } from '../components/ClaimRow.tsx';
import { Load } from '../components/Load.tsx';
import { Page } from '../components/Page.tsx';
import { State } from '../components/State.tsx';

/** What the public page says, and why: each claim can be measured now. */
export function ClaimsPage() {
  const { t, i18n } = useTranslation();
  const language = i18n.language === 'de' ? 'de' : 'en';
  const page = useQuery({ queryKey: ['claims'], queryFn: () => api.get<SecurityPage>('/v1/claims') });
  return (
    <Page
      title={t('claims.title')}
      lead={t('claims.lead')}
      actions={
        <Button component="a" href={language === 'de' ? '/' : '/en'} target="_blank" rel="noreferrer" variant="default">
          {t('claims.public')}
        </Button>
      }
    >
      <Load query={page}>
        {({ practices, count }) => (
          <>
            <div className="row" style={{ gap: '2rem' }}>
              {(['holds', 'fails', 'unknown'] as const).map((verdict) => (
                <State key={verdict} kind={verdict}>
                  {count[verdict]} {t(`claims.${verdict}`)}
                </State>
              ))}
            </div>
            {practices.map(({ id, title, sentences }) => (
              <section key={id} className="stack" aria-labelledby={`claims-${id}`}>
                <h2 id={`claims-${id}`}>{title[language]}</h2>
                {sentences.map((sentence) => (
                  <article
                    key={sentence.id}
                    className="panel stack"
                    style={{ '--gap': '0.75rem' } as React.CSSProperties}
                  >
                    <h3>{sentence.text[language]}</h3>
                    {sentence.claims.map((claim) => (
                      <ClaimRow key={claim.id} claim={claim} language={language} />
                    ))}
                  </article>
                ))}
              </section>
            ))}
          </>
        )}
      </Load>
    </Page>
  );
}
