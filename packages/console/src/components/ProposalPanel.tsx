import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../api/http.ts';
import type { Proposal } from '../api/types.ts';
import { useAct } from '../hooks/useAct.ts';
import { Problem } from './Problem.tsx';
import { SureButton } from './SureButton.tsx';
import { Time } from './Time.tsx';

/** A proposal to erase everything, while it is open. Only admins of the customer itself see what they can do about it. */
export function ProposalPanel({ base, mayErase }: { readonly base: string; readonly mayErase: boolean }) {
  const { t } = useTranslation();
  const { data } = useQuery({
    queryKey: ['proposals', base],
    queryFn: () => api.get<{ proposals: Proposal[] }>(`${base}/erasure-proposals`),
  });
  const confirm = useAct((id: string) => api.post(`${base}/erasure-proposals/${id}/confirmation`, {}));
  const end = useAct((id: string) => api.post(`${base}/erasure-proposals/${id}/end`, {}));
  const open = data?.proposals.find(({ state }) => state === 'open');
  if (open === undefined) return null;
  return (
    <section className="panel stack" aria-labelledby="proposal">
      <h2 id="proposal">{t('proposals.title')}</h2>
      {confirm.isError && <Problem error={confirm.error} />}
      {end.isError && <Problem error={end.error} />}
      <p>{t(open.mine ? 'proposals.mine' : 'proposals.other')}</p>
      <p className="soft">
        {t('proposals.expires')} <Time at={open.expiresAt} as="relative" />.
      </p>
      {mayErase && (
        <div className="row">
          {!open.mine && (
            <SureButton
              label={t('proposals.confirm')}
              of={open.proposal}
              text={t('proposals.confirmText')}
              loading={confirm.isPending}
              onSure={() => confirm.mutate(open.proposal)}
            />
          )}
          <SureButton
            label={t('proposals.end')}
            of={open.proposal}
            text={t('proposals.endText')}
            loading={end.isPending}
            onSure={() => end.mutate(open.proposal)}
          />
        </div>
      )}
    </section>
  );
}
