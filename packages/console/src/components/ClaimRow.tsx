import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api } from '../api/http.ts';
import type { PageClaim } from '../api/types.ts';
import { day } from '../format.ts';
import { useAct } from '../hooks/useAct.ts';
import { Problem } from './Problem.tsx';
import { State } from './State.tsx';
import { Time } from './Time.tsx';

interface ClaimRowProps {
  readonly claim: PageClaim;
  readonly language: 'de' | 'en';
  /** Where this person may vouch for it. */
  readonly onVouch: (() => void) | undefined;
  readonly onWithdraw: (() => void) | undefined;
}

/** A claim: its state, what was counted, why it is not known, what to do; and a way to measure it or vouch for it. */
export function ClaimRow({ claim, language, onVouch, onWithdraw }: ClaimRowProps) {
  const { t } = useTranslation();
  const run = useAct(() => api.post(`/v1/claims/${claim.id}/run`));
  const { proof, missing, attestation } = claim;
  const shown = claim.verdict === 'holds' && attestation !== null ? attestation.grade : claim.verdict;
  const vouch = attestation === null ? t('claims.vouch') : t('claims.renew');
  return (
    <div className="stack" style={{ '--gap': '0.25rem' } as React.CSSProperties}>
      <div className="row between">
        <span>{claim.predicate[language]}</span>
        <span className="row">
          <State kind={shown}>{t(`claims.${shown}`)}</State>
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
          {onVouch && (
            <Button size="compact-sm" variant="default" aria-label={`${vouch}: ${claim.id}`} onClick={onVouch}>
              {vouch}
            </Button>
          )}
          {onWithdraw && (
            <Button
              size="compact-sm"
              variant="default"
              aria-label={`${t('claims.withdraw')}: ${claim.id}`}
              onClick={onWithdraw}
            >
              {t('claims.withdraw')}
            </Button>
          )}
        </span>
      </div>
      {run.isError && <Problem error={run.error} />}
      {claim.remedy !== null && <p>{claim.remedy[language]}</p>}
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
        {attestation !== null && (
          <>
            {attestation.by}: {attestation.text[language]} (
            {t('claims.validUntil', { day: day(`${attestation.until.slice(0, 10)}T12:00:00Z`, language) })})
            {claim.vouched !== null && (
              <>
                {' · '}
                {t(claim.vouched.name === null ? 'claims.vouchedBySomebody' : 'claims.vouchedBy', {
                  name: claim.vouched.name ?? '',
                  day: day(claim.vouched.at, language),
                })}
              </>
            )}
          </>
        )}
        {claim.grade === 'measured' && claim.reason !== null && (
          <> · {claim.why?.[language] ?? <span className="mono">{claim.reason}</span>}</>
        )}
        {claim.grade === 'unknown' && claim.verdict === 'unknown' && attestation !== null && (
          <> · {claim.why?.[language]}</>
        )}
        {attestation === null && missing?.[language]}
      </p>
    </div>
  );
}
