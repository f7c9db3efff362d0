import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/http.ts';
import type { Alarm, Alarms } from '../api/types.ts';
import { AcknowledgeDialog } from '../components/AcknowledgeDialog.tsx';
import { AlarmCard } from '../components/AlarmCard.tsx';
import { Empty } from '../components/Empty.tsx';
import { Load } from '../components/Load.tsx';
import { Page } from '../components/Page.tsx';
import { State } from '../components/State.tsx';
import { useSession } from '../hooks/useSession.ts';

/** What is wrong now, who takes care of it, what was; and how people hear of it. */
export function AlarmsPage() {
  const { t } = useTranslation();
  const mayAcknowledge = useSession().rights.includes('alarms.acknowledge');
  const [taking, setTaking] = useState<Alarm>();
  const alarms = useQuery({
    queryKey: ['alarms'],
    queryFn: () => api.get<Alarms>('/v1/alarms'),
    refetchInterval: 30_000,
  });
  return (
    <Page title={t('alarms.title')} lead={t('alarms.lead')}>
      <Load query={alarms}>
        {({ living, resolved, routes }) => (
          <>
            <section className="stack" aria-labelledby="living">
              <h2 id="living">{t('alarms.living')}</h2>
              {living.length === 0 && <Empty title={t('alarms.none')} text={t('alarms.noneText')} />}
              {living.map((alarm) => (
                <AlarmCard
                  key={alarm.id}
                  alarm={alarm}
                  onAcknowledge={mayAcknowledge && alarm.state === 'open' ? () => setTaking(alarm) : undefined}
                />
              ))}
            </section>
            {resolved.length > 0 && (
              <section className="stack" aria-labelledby="resolved">
                <h2 id="resolved">{t('alarms.history')}</h2>
                {resolved.map((alarm) => (
                  <AlarmCard key={alarm.id} alarm={alarm} onAcknowledge={undefined} />
                ))}
              </section>
            )}
            <section className="stack" aria-labelledby="routes">
              <h2 id="routes">{t('alarms.routes')}</h2>
              {routes.length === 0 ? (
                <State kind="unknown">
                  <span className="wrap">{t('alarms.noRoutes')}</span>
                </State>
              ) : (
                <ul className="plain stack" style={{ '--gap': '0.35rem' } as React.CSSProperties}>
                  {routes.map(({ name, kind, severities }) => (
                    <li key={name}>
                      <strong>{name}</strong>{' '}
                      <span className="soft">
                        {t(`alarms.kind_${kind}`)}: {severities.map((one) => t(`alarms.${one}`)).join(', ')}
                      </span>
                    </li>
                  ))}
                </ul>
              )}
              <p className="soft prose">{t('alarms.routesHow')}</p>
            </section>
          </>
        )}
      </Load>
      <AcknowledgeDialog alarm={taking} onClose={() => setTaking(undefined)} />
    </Page>
  );
}
