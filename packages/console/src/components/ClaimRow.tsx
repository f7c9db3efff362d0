import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api } from '../api/http.ts';
import type { PageClaim } from '../api/types.ts';
import { useAct } from '../hooks/useAct.ts';
import { Problem } from './Problem.tsx';
import { State } from './State.tsx';
import { Time } from './Time.tsx';

/** A claim: its state, what was counted, why it is not known; and a way to measure it now. */
export function ClaimRow({ claim, language }: { readonly claim: PageClaim; readonly language: 'de' | 'en' }) {
  const { t } = useTranslation();
  const run = useAct(() => api.post(`/v1/claims/${claim.id}/run`));
  const { proof, missing } = claim;
  return (
    <div className="stack" style={{ '--gap': '0.25rem' } as React.CSSProperties}>
      <div className="row between">
        <span>{claim.predicate[language]}</span>
        <span className="row">
          <State kind={claim.verdict}>{t(`claims.${claim.verdict}`)}</State>
          {claim.grade === 'measured' && (
            <Button
              size="compact-sm"
              variant="default"
              loading={run.isPending}
              aria-label={`${t('claims.run')}: ${claim.id}`}
              onClick={() => run.mutate()}
            >
              {t('claims.run')}
            </Button>
          )}
        </span>
      </div>
      {run.isError && <Problem error={run.error} />}
      <p className="soft">
        {proof !== null && (
          <>
            {t('claims.measured')} <Time at={proof.observedAt} as="relative" /> ·{' '}
            <span className="mono">
              {Object.entries(proof.counts)
                .map(([name, value]) => `${name} ${value}`)
                .join(', ')}
            </span>
          </>
        )}
        {claim.reason !== null && missing === null && <span className="mono"> · {claim.reason}</span>}
        {missing?.[language]}
      </p>
    </div>
  );
}
