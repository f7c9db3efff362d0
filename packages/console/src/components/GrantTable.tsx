import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Grant } from '../api/types.ts';
import { useSession } from '../hooks/useSession.ts';
import { DataTable } from './DataTable.tsx';
import { GrantState } from './GrantState.tsx';
import { Time } from './Time.tsx';

/** Requests and grants, for staff and for a customer's admins. */
export function GrantTable({ grants }: { readonly grants: readonly Grant[] }) {
  const { t } = useTranslation();
  const { kind } = useSession();
  return (
    <DataTable
      label={t('grants.title')}
      rows={grants}
      rowKey={({ id }) => id}
      columns={[
        {
          key: 'purpose',
          title: t('grants.purpose'),
          sort: ({ purpose }) => t(`purpose.${purpose}`),
          cell: ({ id, purpose, emergency }) => (
            <>
              <Link
                to={kind === 'admin' ? '/portal/anfragen/$grant' : '/konsole/freigaben/$grant'}
                params={{ grant: id }}
              >
                {t(`purpose.${purpose}`)}
              </Link>
              {emergency && (
                <>
                  {' '}
                  <strong>· {t('grants.emergency')}</strong>
                </>
              )}
            </>
          ),
        },
        ...(kind === 'staff'
          ? [
              {
                key: 'customer',
                title: t('grants.customer'),
                sort: (one: Grant) => one.customerLabel,
                cell: (one: Grant) => one.customerLabel,
              },
            ]
          : []),
        {
          key: 'who',
          title: t('grants.who'),
          cell: ({ requester }) => (
            <>
              {requester.name ?? t(`role.${requester.role}`)}
              <br />
              <span className="soft">
                {requester.name !== null && `${t(`role.${requester.role}`)}, `}
                {requester.country}
              </span>
            </>
          ),
        },
        {
          key: 'scope',
          title: t('grants.scope'),
          cell: ({ collections }) => (
            <span className="mono">{collections.map(({ collection }) => collection).join(', ')}</span>
          ),
        },
        {
          key: 'state',
          title: t('grants.state'),
          sort: ({ state }) => state,
          cell: ({ state }) => <GrantState state={state} />,
        },
        {
          key: 'when',
          title: t('grants.when'),
          sort: ({ requestedAt }) => requestedAt,
          cell: ({ requestedAt }) => <Time at={requestedAt} as="relative" />,
        },
      ]}
    />
  );
}
