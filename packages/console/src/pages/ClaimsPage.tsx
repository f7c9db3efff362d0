import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/http.ts';
import type { PageClaim, SecurityPage } from '../api/types.ts';
import { ClaimRow } from '../components/ClaimRow.tsx';
import { Confirm } from '../components/Confirm.tsx';
import { Load } from '../components/Load.tsx';
import { Page } from '../components/Page.tsx';
import { Problem } from '../components/Problem.tsx';
import { State } from '../components/State.tsx';
import { VouchDialog } from '../components/VouchDialog.tsx';
import { useAct } from '../hooks/useAct.ts';
import { useSession } from '../hooks/useSession.ts';

/** What the public page says, and why: each claim can be measured now. */
export function ClaimsPage() {
  const { t, i18n } = useTranslation();
  const language = i18n.language === 'de' ? 'de' : 'en';
  const mayVouch = useSession().rights.includes('claims.attest');
  const [vouching, setVouching] = useState<PageClaim>();
  const [withdrawing, setWithdrawing] = useState<PageClaim>();
  const withdraw = useAct((claim: string) => api.delete(`/v1/claims/${claim}/attestation`));
  const page = useQuery({ queryKey: ['claims'], queryFn: () => api.get<SecurityPage>('/v1/claims') });
  return (
    <Page
      title={t('claims.title')}
      lead={t('claims.lead')}
      actions={
        <span className="row">
          <Button
            component="a"
            href={`/v1/page/preview?language=${language}`}
            target="_blank"
            rel="noreferrer"
            variant="default"
          >
            {t('claims.previewPage')}
          </Button>
          <Button
            component="a"
            href={language === 'de' ? '/' : '/en'}
            target="_blank"
            rel="noreferrer"
            variant="default"
          >
            {t('claims.public')}
          </Button>
        </span>
      }
    >
      <Load query={page}>
        {({ practices, count }) => (
          <>
            <div className="row" style={{ gap: '2rem' }}>
              {(['holds', 'attested', 'declared', 'fails', 'unknown'] as const).map(
                (shown) =>
                  count[shown] > 0 && (
                    <State key={shown} kind={shown}>
                      {t(`claims.n_${shown}`, { count: count[shown] })}
                    </State>
                  ),
              )}
            </div>
            {withdraw.isError && <Problem error={withdraw.error} />}
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
                      <ClaimRow
                        key={claim.id}
                        claim={claim}
                        language={language}
                        onVouch={mayVouch && claim.byHand !== null ? () => setVouching(claim) : undefined}
                        onWithdraw={mayVouch && claim.attestation !== null ? () => setWithdrawing(claim) : undefined}
                      />
                    ))}
                  </article>
                ))}
              </section>
            ))}
          </>
        )}
      </Load>
      <VouchDialog claim={vouching} language={language} onClose={() => setVouching(undefined)} />
      <Confirm
        opened={withdrawing !== undefined}
        title={t('claims.withdraw')}
        text={t('claims.withdrawText')}
        onCancel={() => setWithdrawing(undefined)}
        onConfirm={() => {
          if (withdrawing) withdraw.mutate(withdrawing.id);
          setWithdrawing(undefined);
        }}
      />
    </Page>
  );
}
