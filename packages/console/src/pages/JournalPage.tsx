import { Button, SegmentedControl } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/http.ts';
import type { Journal } from '../api/types.ts';
import { CustomerSelect } from '../components/CustomerSelect.tsx';
import { Empty } from '../components/Empty.tsx';
import { EntryTable } from '../components/EntryTable.tsx';
import { Page } from '../components/Page.tsx';
import { Problem } from '../components/Problem.tsx';
import { type EntryPlace, ProofDialog } from '../components/ProofDialog.tsx';
import { useOperator } from '../hooks/useOperator.ts';
import { useSession } from '../hooks/useSession.ts';

type Log = EntryPlace['log'];
const pageSize = 100;

export function JournalPage() {
  const { t } = useTranslation();
  const { customer: own } = useSession();
  const navigate = useNavigate();
  const { kunde, log: wanted } = useSearch({ strict: false });
  const operator = useOperator(own === null);
  const log: Log = wanted ?? (own === null ? 'operator' : 'access');
  const here = own === null ? '/konsole/protokoll' : '/portal/protokoll';
  const [place, setPlace] = useState<EntryPlace>();
  const customer = own?.id ?? kunde ?? operator;
  const ofOperator = customer !== undefined && customer === operator;
  const shown: Log = ofOperator ? log : log === 'operator' ? 'access' : log;
  const list = useInfiniteQuery({
    queryKey: ['journal', customer, shown],
    queryFn: ({ pageParam }) =>
      api.get<Journal>(
        `/v1/customers/${customer}/journal?log=${shown}&limit=${pageSize}&newest=true${pageParam === '' ? '' : `&before=${pageParam}`}`,
      ),
    initialPageParam: '',
    getNextPageParam: ({ entries }) => {
      const last = entries.at(-1)?.index;
      return last === undefined || last === 0 ? undefined : String(last);
    },
    enabled: customer !== undefined,
    refetchOnWindowFocus: false,
  });
  const entries = list.data?.pages.flatMap((page) => page.entries) ?? [];
  const logs: readonly Log[] = ofOperator ? ['operator', 'access'] : ['access', 'orders'];
  const names = { operator: t('journal.operator'), access: t('journal.access'), orders: t('journal.orders') };
  return (
    <Page title={t('journal.title')} lead={t('journal.lead')}>
      <div className="row" style={{ alignItems: 'flex-end' }}>
        {own === null && (
          <CustomerSelect
            value={kunde}
            first={t('journal.own')}
            onChange={(chosen) =>
              void navigate({ to: '/konsole/protokoll', search: chosen === undefined ? {} : { kunde: chosen } })
            }
          />
        )}
        <SegmentedControl
          aria-label={t('journal.log')}
          value={shown}
          onChange={(value) =>
            void navigate({ to: here, search: { ...(kunde !== undefined && { kunde }), log: value as Log } })
          }
          data={logs.map((value) => ({ value, label: names[value] }))}
        />
      </div>
      {list.isError && <Problem error={list.error} onRetry={() => void list.refetch()} />}
      {list.isSuccess && entries.length === 0 && (
        <Empty title={t('journal.emptyTitle')} text={t('journal.emptyText')} />
      )}
      {customer !== undefined && entries.length > 0 && (
        <EntryTable entries={entries} onVerify={(index) => setPlace({ customer, log: shown, index })} />
      )}
      {list.hasNextPage && (
        <div>
          <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {t('journal.older')}
          </Button>
        </div>
      )}
      <ProofDialog place={place} onClose={() => setPlace(undefined)} />
    </Page>
  );
}
