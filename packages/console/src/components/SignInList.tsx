import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../api/http.ts';
import type { SignIn } from '../api/types.ts';
import { Empty } from './Empty.tsx';
import { Problem } from './Problem.tsx';
import { SignInTable } from './SignInTable.tsx';

interface Listing {
  readonly signIns: readonly SignIn[];
  readonly next: string | null;
}

/** The list behind a path: all of them, or one's own. */
export function SignInList({ path, own = false }: { readonly path: string; readonly own?: boolean }) {
  const { t } = useTranslation();
  const list = useInfiniteQuery({
    queryKey: ['sign-ins', path],
    queryFn: ({ pageParam }) =>
      api.get<Listing>(
        `${path}${path.includes('?') ? '&' : '?'}limit=50${pageParam === '' ? '' : `&after=${pageParam}`}`,
      ),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next ?? undefined,
    // Each reading is an entry: not because a window came to the front.
    refetchOnWindowFocus: false,
    meta: { once: true },
    staleTime: 60_000,
  });
  const signIns = list.data?.pages.flatMap((page) => page.signIns) ?? [];
  return (
    <div className="stack">
      {list.isError && <Problem error={list.error} onRetry={() => void list.refetch()} />}
      {list.isSuccess && signIns.length === 0 && (
        <Empty title={t('signIns.emptyTitle')} text={t('signIns.emptyText')} />
      )}
      {signIns.length > 0 && <SignInTable signIns={signIns} own={own} />}
      {list.hasNextPage && (
        <div>
          <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {t('common.more')}
          </Button>
        </div>
      )}
    </div>
  );
}
