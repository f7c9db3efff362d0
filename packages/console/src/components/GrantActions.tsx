import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api } from '../api/http.ts';
import { answerChallenge } from '../api/passkeys.ts';
import type { Challenge, Grant } from '../api/types.ts';
import { useAct } from '../hooks/useAct.ts';
import { Problem } from './Problem.tsx';

type What = 'agreement' | 'denial' | 'end' | 'approval' | { readonly verdict: 'justified' | 'not_justified' };

/** What this session may do with a grant now. The server decides again when it is done. */
export function GrantActions({ grant }: { readonly grant: Grant }) {
  const { t } = useTranslation();
  const base = `/v1/grants/${grant.id}`;
  const act = useAct(async (what: What) => {
    if (typeof what !== 'string') return api.post(`${base}/review`, what);
    if (what !== 'approval') return api.post(`${base}/${what}`);
    const challenge = await api.post<Challenge>(`${base}/approval/options`);
    return api.post(`${base}/approval`, await answerChallenge(challenge));
  });
  const may = new Set(grant.may);
  if (may.size === 0) return null;
  const button = (what: What, label: string, variant: 'filled' | 'default' = 'default') => (
    <Button variant={variant} loading={act.isPending && act.variables === what} onClick={() => act.mutate(what)}>
      {label}
    </Button>
  );
  return (
    <div className="stack">
      {act.isError && <Problem error={act.error} />}
      {may.has('agree') && <p className="soft">{t('grants.detail.youAgree')}</p>}
      {may.has('approve') && <p className="soft">{t('grants.detail.youApprove')}</p>}
      <div className="row">
        {may.has('view') && (
          <Button component={Link} to="/konsole/freigaben/$grant/daten" params={{ grant: grant.id } as never}>
            {t('grants.detail.view')}
          </Button>
        )}
        {may.has('agree') && button('agreement', t('grants.detail.agree'), 'filled')}
        {may.has('approve') && button('approval', t('grants.detail.approve'), 'filled')}
        {may.has('deny') && button('denial', t('grants.detail.deny'))}
        {may.has('end') && button('end', t('grants.detail.end'))}
        {may.has('review') && (
          <>
            {button({ verdict: 'justified' }, t('grants.detail.markJustified'))}
            {button({ verdict: 'not_justified' }, t('grants.detail.markUnjustified'))}
          </>
        )}
      </div>
    </div>
  );
}
