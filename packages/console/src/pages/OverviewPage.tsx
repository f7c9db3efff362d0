import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api } from '../api/http.ts';
import type { Grant, Need, Overview } from '../api/types.ts';
import { Empty } from '../components/Empty.tsx';
import { GrantTable } from '../components/GrantTable.tsx';
import { Load } from '../components/Load.tsx';
import { NeedList } from '../components/NeedList.tsx';
import { Page } from '../components/Page.tsx';

/** Where each need is met. */
function target({ kind, id }: Need) {
  switch (kind) {
    case 'role_expires':
    case 'account_locked':
    case 'one_owner':
    case 'owner_recovery':
      return <Link to="/konsole/team" />;
    case 'token_waits':
      return <Link to="/konsole/dienste" />;
    case 'alarm_open':
      return <Link to="/konsole/alarme" />;
    case 'claim_fails':
      return <Link to="/konsole/nachweise" />;
    case 'leaks_silent':
    case 'mail_missing':
      return <Link to="/konsole/einstellungen" />;
    default:
      return id === null ? undefined : <Link to="/konsole/freigaben/$grant" params={{ grant: id }} />;
  }
}

export function OverviewPage() {
  const { t } = useTranslation();
  const overview = useQuery({ queryKey: ['overview'], queryFn: () => api.get<Overview>('/v1/overview') });
  const recent = useQuery({
    queryKey: ['grants', 'recent'],
    queryFn: () => api.get<{ grants: Grant[] }>('/v1/grants?limit=5'),
  });
  return (
    <Page title={t('overview.title')}>
      <Load query={overview}>
        {({ needsMe, counts }) => (
          <>
            <section className="stack" aria-labelledby="needs">
              <h2 id="needs">{t('overview.needs')}</h2>
              {needsMe.length === 0 ? (
                <Empty title={t('overview.nothing')} text={t('overview.nothingText')} />
              ) : (
                <NeedList needs={needsMe} target={target} />
              )}
            </section>
            <section className="stack" aria-labelledby="counts">
              <h2 id="counts">{t('overview.counts')}</h2>
              <div className="row" style={{ gap: '2.5rem' }}>
                {counts.customers !== null && (
                  <Link to="/konsole/kunden">{t('overview.customers', { count: counts.customers })}</Link>
                )}
                <Link to="/konsole/freigaben" search={{ stand: 'open' }}>
                  {t('overview.openGrants', { count: counts.openGrants })}
                </Link>
                {counts.staff !== null && (
                  <Link to="/konsole/team">{t('overview.staff', { count: counts.staff })}</Link>
                )}
              </div>
            </section>
            {recent.data !== undefined && recent.data.grants.length > 0 && (
              <section className="stack" aria-labelledby="recent">
                <h2 id="recent">{t('overview.recent')}</h2>
                <GrantTable grants={recent.data.grants} />
              </section>
            )}
          </>
        )}
      </Load>
    </Page>
  );
}
