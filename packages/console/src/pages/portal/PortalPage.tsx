import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/http.ts';
import type { Grant } from '../../api/types.ts';
import { Empty } from '../../components/Empty.tsx';
import { GrantCard } from '../../components/GrantCard.tsx';
import { Load } from '../../components/Load.tsx';
import { Page } from '../../components/Page.tsx';
import { useSession } from '../../hooks/useSession.ts';

/** What a customer's admin needs first: who wants to see the data, and who sees it now. */
export function PortalPage() {
  const { t } = useTranslation();
  const { operator } = useSession();
  // Read again when the server says that a grant was used: what staff do is seen as it happens.
  const grants = useQuery({
    queryKey: ['grants', 'open'],
    queryFn: () => api.get<{ grants: Grant[] }>('/v1/grants?state=open&limit=100'),
  });
  return (
    <Page title={t('portal.title', { operator: operator ?? t('portal.operator') })} lead={t('portal.lead')}>
      <Load query={grants}>
        {({ grants: all }) => {
          const waiting = all.filter(({ state }) => state === 'agreed');
          const running = all.filter(({ state }) => state === 'active');
          return (
            <>
              <section className="stack" aria-labelledby="waiting">
                <h2 id="waiting">{t('portal.waiting')}</h2>
                {waiting.length === 0 && <Empty title={t('portal.noneWaiting')} text={t('portal.noneWaitingText')} />}
                {waiting.map((grant) => (
                  <GrantCard key={grant.id} grant={grant} />
                ))}
              </section>
              <section className="stack" aria-labelledby="running">
                <h2 id="running">{t('portal.running')}</h2>
                {running.length === 0 && <p className="soft">{t('portal.noneRunning')}</p>}
                {running.map((grant) => (
                  <GrantCard key={grant.id} grant={grant} />
                ))}
              </section>
            </>
          );
        }}
      </Load>
    </Page>
  );
}
