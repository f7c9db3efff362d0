import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { ApiError, api } from '../api/http.ts';
import type { Grant, MaskedRecord } from '../api/types.ts';
import { MaskedField } from './MaskedField.tsx';
import { Problem } from './Problem.tsx';

interface Listing {
  readonly records: readonly MaskedRecord[];
  readonly next: string | null;
}

interface MaskedRecordsProps {
  readonly grant: Grant;
  readonly person: string;
  readonly collection: string;
  readonly onClosed: () => void;
}

/** A person's records of one collection, field by field. */
export function MaskedRecords({ grant, person, collection, onClosed }: MaskedRecordsProps) {
  const { t } = useTranslation();
  const base = `/v1/grants/${grant.id}/people/${person}`;
  const list = useInfiniteQuery({
    queryKey: ['viewer', grant.id, person, collection],
    queryFn: ({ pageParam }) =>
      api.get<Listing>(`${base}/records/${collection}${pageParam === '' ? '' : `?after=${pageParam}`}`),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next ?? undefined,
    // Read anew each time it is looked at: each look is an entry, and nothing lies about.
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    meta: { once: true },
  });
  if (list.error instanceof ApiError && list.error.code === 'grant_required') onClosed();
  const records = list.data?.pages.flatMap((page) => page.records) ?? [];
  if (list.isError) return <Problem error={list.error} />;
  if (list.isSuccess && records.length === 0) return <p className="soft">{t('viewer.noRecords')}</p>;
  return (
    <div className="stack">
      {records.map(({ record, fields }) => (
        <article key={record} className="panel" aria-label={record.slice(0, 8)}>
          {Object.entries(fields).map(([field, shown]) => (
            <MaskedField
              key={field}
              name={field}
              shown={shown}
              purpose={grant.purpose}
              onClosed={onClosed}
              unmask={() => api.post<{ value: unknown }>(`${base}/unmask`, { collection, record, field })}
            />
          ))}
        </article>
      ))}
      {list.hasNextPage && (
        <div>
          <Button variant="default" onClick={() => void list.fetchNextPage()}>
            {t('common.more')}
          </Button>
        </div>
      )}
    </div>
  );
}
