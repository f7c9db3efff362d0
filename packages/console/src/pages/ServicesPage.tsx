import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/http.ts';
import type { TokenInfo } from '../api/types.ts';
import { Confirm } from '../components/Confirm.tsx';
import { DataTable } from '../components/DataTable.tsx';
import { Empty } from '../components/Empty.tsx';
import { Load } from '../components/Load.tsx';
import { Page } from '../components/Page.tsx';
import { Problem } from '../components/Problem.tsx';
import { SecretDialog } from '../components/SecretDialog.tsx';
import { State } from '../components/State.tsx';
import { Time } from '../components/Time.tsx';
import { TokenDialog } from '../components/TokenDialog.tsx';
import { useAct } from '../hooks/useAct.ts';
import { useCustomers } from '../hooks/useCustomers.ts';
import { useSession } from '../hooks/useSession.ts';

export function ServicesPage() {
  const { t } = useTranslation();
  const { rights, account: me } = useSession();
  const confirms = rights.includes('tokens.confirm');
  const manages = rights.includes('tokens.manage');
  const [adding, setAdding] = useState(false);
  const [made, setMade] = useState<{ readonly token: string; readonly waits: boolean }>();
  const [ending, setEnding] = useState<TokenInfo>();
  const tokens = useQuery({ queryKey: ['tokens'], queryFn: () => api.get<{ tokens: TokenInfo[] }>('/v1/tokens') });
  const customers = useCustomers();
  const revoke = useAct((id: string) => api.delete(`/v1/tokens/${id}`));
  const confirm = useAct((id: string) => api.post(`/v1/tokens/${id}/confirmation`));
  const labels = new Map(customers.data?.map(({ id, label }) => [id, label]));
  const now = new Date().toISOString();
  const state = ({ revokedAt, expiresAt, confirmedAt }: TokenInfo) => {
    if (revokedAt !== null) return 'revoked';
    if (expiresAt < now) return 'expired';
    return confirmedAt === null ? 'waits' : 'valid';
  };
  const add = manages && <Button onClick={() => setAdding(true)}>{t('services.new')}</Button>;
  return (
    <Page title={t('services.title')} lead={t('services.lead')} actions={add}>
      {revoke.isError && <Problem error={revoke.error} />}
      {confirm.isError && <Problem error={confirm.error} />}
      <Load query={tokens}>
        {({ tokens: all }) =>
          all.length === 0 ? (
            <Empty title={t('services.emptyTitle')} text={t('services.emptyText')} />
          ) : (
            <DataTable
              label={t('services.title')}
              rows={all}
              rowKey={({ id }) => id}
              columns={[
                {
                  key: 'name',
                  title: t('services.name'),
                  sort: ({ name }) => name,
                  cell: ({ name }) => <strong>{name}</strong>,
                },
                {
                  key: 'customer',
                  title: t('services.customer'),
                  cell: ({ customer }) =>
                    customer === null ? t('services.every') : (labels.get(customer) ?? customer),
                },
                {
                  key: 'actions',
                  title: t('services.actions'),
                  cell: ({ actions }) => <span className="mono">{actions.join(', ')}</span>,
                },
                {
                  key: 'expires',
                  title: t('services.expires'),
                  sort: ({ expiresAt }) => expiresAt,
                  cell: ({ expiresAt }) => <Time at={expiresAt} />,
                },
                {
                  key: 'state',
                  title: t('services.state'),
                  sort: state,
                  cell: (token) => (
                    <State kind={state(token) === 'valid' ? 'holds' : state(token) === 'waits' ? 'waiting' : 'unknown'}>
                      {t(`services.${state(token)}`)}
                    </State>
                  ),
                },
                {
                  key: 'act',
                  title: t('team.act'),
                  end: true,
                  cell: (token) => (
                    <div className="row" style={{ gap: '0.35rem', justifyContent: 'flex-end' }}>
                      {confirms && state(token) === 'waits' && token.madeBy !== me && (
                        <Button size="compact-sm" onClick={() => confirm.mutate(token.id)}>
                          {t('services.confirm')}
                        </Button>
                      )}
                      {manages && (state(token) === 'valid' || state(token) === 'waits') && (
                        <Button size="compact-sm" variant="default" color="red" onClick={() => setEnding(token)}>
                          {t('services.revoke')}
                        </Button>
                      )}
                    </div>
                  ),
                },
              ]}
            />
          )
        }
      </Load>
      <TokenDialog
        opened={adding}
        customers={customers.data ?? []}
        onClose={() => setAdding(false)}
        onMade={(token, waits) => {
          setAdding(false);
          setMade({ token, waits });
        }}
      />
      <SecretDialog
        title={t('services.shown')}
        secret={made?.token}
        note={made?.waits === true ? t('services.waitsNote') : undefined}
        onClose={() => setMade(undefined)}
      />
      <Confirm
        opened={ending !== undefined}
        title={t('services.revoke')}
        text={ending?.name ?? ''}
        onCancel={() => setEnding(undefined)}
        onConfirm={() => {
          if (ending !== undefined) revoke.mutate(ending.id);
          setEnding(undefined);
        }}
      />
    </Page>
  );
}
