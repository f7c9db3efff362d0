import { Button } from '@mantine/core';
import { useInfiniteQuery, useMutation } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api } from '../api/http.ts';
import type { AccessRow } from '../api/types.ts';
import { type AccessFilter, AccessFilters, accessQuery, accessSearch } from '../components/AccessFilters.tsx';
import { AccessTable } from '../components/AccessTable.tsx';
import { CustomerSelect } from '../components/CustomerSelect.tsx';
import { Empty } from '../components/Empty.tsx';
import { Page } from '../components/Page.tsx';
import { Problem } from '../components/Problem.tsx';
import { useSession } from '../hooks/useSession.ts';
import { save } from '../save.ts';

interface Listing {
  readonly accesses: readonly AccessRow[];
  readonly next: string | null;
}

export function AccessesPage() {
  const { t } = useTranslation();
  const { customer: own } = useSession();
  const navigate = useNavigate();
  const { kunde, von, bis, art } = useSearch({ strict: false });
  const filter = accessSearch({ von, bis, art });
  const customer = own?.id ?? kunde;
  const base = `/v1/customers/${customer}/accesses`;
  const list = useInfiniteQuery({
    queryKey: ['accesses', customer, von, bis],
    queryFn: ({ pageParam }) =>
      api.get<Listing>(
        `${base}?limit=100${accessQuery(filter)}${pageParam === '' ? '' : `&after=${encodeURIComponent(pageParam)}`}`,
      ),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next ?? undefined,
    enabled: customer !== undefined,
  });
  const whole = useMutation({
    mutationFn: async () => {
      // All of it: what was not scrolled to is history as well.
      const all: AccessRow[] = [];
      let after: string | null = '';
      do {
        const from: string = after === '' ? '' : `&after=${encodeURIComponent(after)}`;
        const page: Listing = await api.get<Listing>(`${base}?limit=500${from}`);
        all.push(...page.accesses);
        after = page.next === after ? null : page.next;
      } while (after !== null);
      save('obhut-accesses.json', JSON.stringify(all, null, 2), 'application/json');
    },
  });
  const all = list.data?.pages.flatMap((page) => page.accesses) ?? [];
  const rows = art === undefined ? all : all.filter(({ type }) => type === art);
  const narrow = (wanted: AccessFilter) =>
    own === null
      ? navigate({ to: '/konsole/zugriffe', search: { ...(kunde !== undefined && { kunde }), ...wanted } })
      : navigate({ to: '/portal/zugriffe', search: wanted });
  return (
    <Page
      title={t('accesses.title')}
      lead={t('accesses.lead')}
      actions={
        all.length > 0 && (
          <>
            <Button component="a" variant="default" href={`${base}.csv`}>
              {t('accesses.csv')}
            </Button>
            <Button variant="default" loading={whole.isPending} onClick={() => whole.mutate()}>
              {t('accesses.json')}
            </Button>
          </>
        )
      }
    >
      {own === null && (
        <CustomerSelect
          value={kunde}
          first={t('accesses.chooseCustomer')}
          onChange={(chosen) =>
            void navigate({
              to: '/konsole/zugriffe',
              search: chosen === undefined ? {} : { kunde: chosen, ...filter },
            })
          }
        />
      )}
      {customer !== undefined && <AccessFilters value={filter} onChange={(wanted) => void narrow(wanted)} />}
      {whole.isError && <Problem error={whole.error} />}
      {list.isError && <Problem error={list.error} onRetry={() => void list.refetch()} />}
      {list.isSuccess && rows.length === 0 && (
        <Empty
          title={t('accesses.emptyTitle')}
          text={Object.keys(filter).length > 0 ? t('accesses.emptyFiltered') : t('accesses.emptyText')}
        />
      )}
      {customer !== undefined && rows.length > 0 && <AccessTable customer={customer} rows={rows} />}
      {list.hasNextPage && (
        <div>
          <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {t('common.more')}
          </Button>
        </div>
      )}
    </Page>
  );
}
