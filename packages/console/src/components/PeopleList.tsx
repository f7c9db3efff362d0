import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../api/http.ts';
import { Empty } from './Empty.tsx';
import { Problem } from './Problem.tsx';

interface Listing {
  readonly people: readonly (string | { readonly person: string })[];
  readonly next: string | null;
}

/** The people of a customer, by id: there is nothing else to see without a grant. */
export function PeopleList({ base }: { readonly base: string }) {
  const { t } = useTranslation();
  const list = useInfiniteQuery({
    queryKey: ['people', base],
    queryFn: ({ pageParam }) =>
      api.get<Listing>(`${base}/people?limit=50${pageParam === '' ? '' : `&after=${pageParam}`}`),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next ?? undefined,
  });
  const people =
    list.data?.pages.flatMap((page) => page.people.map((one) => (typeof one === 'string' ? one : one.person))) ?? [];
  return (
    <section className="stack" aria-labelledby="people">
      <div>
        <h2 id="people">{t('customers.people')}</h2>
        <p className="soft">{t('customers.peopleLead')}</p>
      </div>
      {list.isError && <Problem error={list.error} />}
      {list.isSuccess && people.length === 0 && (
        <Empty title={t('customers.peopleEmptyTitle')} text={t('customers.peopleEmptyText')} />
      )}
      {people.length > 0 && (
        <ul
          className="stack mono"
          style={{ '--gap': '0.25rem', paddingLeft: '1.25rem', margin: 0 } as React.CSSProperties}
        >
          {people.map((person) => (
            <li key={person}>{person}</li>
          ))}
        </ul>
      )}
      {list.hasNextPage && (
        <div>
          <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {t('common.more')}
          </Button>
        </div>
      )}
    </section>
  );
}
