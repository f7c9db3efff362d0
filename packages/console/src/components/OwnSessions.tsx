import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../api/http.ts';
import type { SessionInfo } from '../api/types.ts';
import { useAct } from '../hooks/useAct.ts';
import { DataTable } from './DataTable.tsx';
import { Load } from './Load.tsx';
import { Problem } from './Problem.tsx';
import { Time } from './Time.tsx';

export function OwnSessions({ onEverywhere }: { readonly onEverywhere: () => void }) {
  const { t } = useTranslation();
  const sessions = useQuery({
    queryKey: ['sessions'],
    queryFn: () => api.get<{ sessions: SessionInfo[] }>('/v1/account/sessions'),
  });
  const end = useAct((id: string) => api.delete(`/v1/account/sessions/${id}`));
  return (
    <section className="stack" aria-labelledby="sessions">
      <h2 id="sessions">{t('account.sessions')}</h2>
      {end.isError && <Problem error={end.error} />}
      <Load query={sessions}>
        {({ sessions: all }) => (
          <DataTable
            label={t('account.sessions')}
            rows={all}
            rowKey={({ id }) => id}
            columns={[
              {
                key: 'device',
                title: t('signIns.device'),
                cell: ({ device, current }) => (
                  <>
                    {[t(`device.${device.type}`), device.browser, device.system].filter(Boolean).join(', ')}
                    {current && <strong> · {t('account.current')}</strong>}
                  </>
                ),
              },
              { key: 'how', title: t('signIns.how'), cell: ({ method }) => t(`method.${method}`) },
              { key: 'since', title: t('account.since'), cell: ({ createdAt }) => <Time at={createdAt} /> },
              {
                key: 'seen',
                title: t('account.lastSeen'),
                cell: ({ lastSeenAt }) => <Time at={lastSeenAt} as="relative" />,
              },
              {
                key: 'act',
                title: t('team.act'),
                end: true,
                cell: ({ id, current }) => (
                  <Button
                    size="compact-sm"
                    variant="default"
                    onClick={() => (current ? onEverywhere() : end.mutate(id))}
                  >
                    {t(current ? 'account.everywhere' : 'account.end')}
                  </Button>
                ),
              },
            ]}
          />
        )}
      </Load>
    </section>
  );
}
