import { Button, SegmentedControl } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api } from '../api/http.ts';
import type { Grant } from '../api/types.ts';
import { Empty } from '../components/Empty.tsx';
import { GrantTable } from '../components/GrantTable.tsx';
import { Page } from '../components/Page.tsx';
import { Problem } from '../components/Problem.tsx';
import { useSession } from '../hooks/useSession.ts';

interface Listing {
  readonly grants: readonly Grant[];
  readonly next: string | null;
}

export function GrantsPage() {
  const { t } = useTranslation();
  const { rights, kind } = useSession();
  const navigate = useNavigate();
  const { stand } = useSearch({ strict: false });
  const list = useInfiniteQuery({
    queryKey: ['grants', stand ?? 'all'],
    queryFn: ({ pageParam }) =>
      api.get<Listing>(
        `/v1/grants?limit=50${stand === undefined ? '' : `&state=${stand}`}${pageParam === '' ? '' : `&after=${pageParam}`}`,
      ),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next ?? undefined,
  });
  const grants = list.data?.pages.flatMap((page) => page.grants) ?? [];
  const ask = rights.includes('grants.request') && (
    <Button component={Link} to="/konsole/freigaben/neu">
      {t('grants.ask')}
    </Button>
  );
  const isAdmin = kind === 'admin';
  return (
    <Page title={isAdmin ? t('nav.requests') : t('grants.title')} lead={t('grants.lead')} actions={ask}>
      {!isAdmin && (
        <SegmentedControl
          aria-label={t('grants.state')}
          value={stand ?? 'all'}
          onChange={(value) =>
            void navigate({
              to: '/konsole/freigaben',
              search: value === 'open' || value === 'closed' ? { stand: value } : {},
            })
          }
          data={[
            { value: 'all', label: t('common.all') },
            { value: 'open', label: t('grants.open') },
            { value: 'closed', label: t('grants.closed') },
          ]}
          style={{ alignSelf: 'flex-start' }}
        />
      )}
      {list.isError && <Problem error={list.error} onRetry={() => void list.refetch()} />}
      {list.isSuccess && grants.length === 0 && (
        <Empty
          title={isAdmin ? t('portal.noneWaiting') : t('grants.emptyTitle')}
          text={isAdmin ? t('portal.noneWaitingText') : t('grants.emptyText')}
        />
      )}
      {grants.length > 0 && <GrantTable grants={grants} />}
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
