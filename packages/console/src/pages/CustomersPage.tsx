import { Button, Modal, TextInput } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/http.ts';
import type { Customer } from '../api/types.ts';
import { DataTable } from '../components/DataTable.tsx';
import { Empty } from '../components/Empty.tsx';
import { Page } from '../components/Page.tsx';
import { Problem } from '../components/Problem.tsx';
import { Time } from '../components/Time.tsx';
import { useAct } from '../hooks/useAct.ts';
import { useSession } from '../hooks/useSession.ts';

interface Listing {
  readonly customers: readonly Customer[];
  readonly next: string | null;
}

export function CustomersPage() {
  const { t } = useTranslation();
  const { rights } = useSession();
  const [adding, setAdding] = useState(false);
  const list = useInfiniteQuery({
    queryKey: ['customers'],
    queryFn: ({ pageParam }) =>
      api.get<Listing>(`/v1/customers?limit=100${pageParam === '' ? '' : `&after=${pageParam}`}`),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next ?? undefined,
  });
  const create = useAct((label: string) => api.post<Customer>('/v1/customers', { label }));
  const customers = list.data?.pages.flatMap((page) => page.customers) ?? [];
  const add = rights.includes('customers.create') && (
    <Button onClick={() => setAdding(true)}>{t('customers.new')}</Button>
  );
  return (
    <Page title={t('customers.title')} lead={t('customers.lead')} actions={customers.length > 0 && add}>
      {list.isError && <Problem error={list.error} onRetry={() => void list.refetch()} />}
      {list.isSuccess && customers.length === 0 && (
        <Empty title={t('customers.emptyTitle')} text={t('customers.emptyText')}>
          {add}
        </Empty>
      )}
      {customers.length > 0 && (
        <DataTable
          label={t('customers.title')}
          rows={customers}
          rowKey={({ id }) => id}
          columns={[
            {
              key: 'label',
              title: t('customers.label'),
              sort: ({ label }) => label,
              cell: ({ id, label }) => (
                <Link to="/konsole/kunden/$customer" params={{ customer: id }}>
                  {label}
                </Link>
              ),
            },
            {
              key: 'since',
              title: t('customers.since'),
              sort: ({ createdAt }) => createdAt,
              cell: ({ createdAt }) => <Time at={createdAt} />,
            },
          ]}
        />
      )}
      {list.hasNextPage && (
        <div>
          <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {t('common.more')}
          </Button>
        </div>
      )}
      <Modal
        opened={adding}
        onClose={() => setAdding(false)}
        title={t('customers.new')}
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault();
            const label = String(new FormData(event.currentTarget).get('label'));
            create.mutate(label, { onSuccess: () => setAdding(false) });
          }}
        >
          {create.isError && <Problem error={create.error} />}
          <TextInput
            name="label"
            label={t('customers.label')}
            description={t('customers.labelHint')}
            pattern="[a-z0-9][a-z0-9\-]{0,59}"
            required
            data-autofocus
          />
          <Button type="submit" loading={create.isPending}>
            {t('customers.create')}
          </Button>
        </form>
      </Modal>
    </Page>
  );
}
