import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api } from '../api/http.ts';
import type { Collection, Customer } from '../api/types.ts';
import { CollectionList } from '../components/CollectionList.tsx';
import { Empty } from '../components/Empty.tsx';
import { Load } from '../components/Load.tsx';
import { MemberList } from '../components/MemberList.tsx';
import { Page } from '../components/Page.tsx';
import { PeopleList } from '../components/PeopleList.tsx';
import { Time } from '../components/Time.tsx';
import { useSession } from '../hooks/useSession.ts';

export function CustomerPage() {
  const { t } = useTranslation();
  const { rights } = useSession();
  const { customer: id } = useParams({ from: '/konsole/kunden/$customer' });
  const base = `/v1/customers/${id}`;
  const customer = useQuery({ queryKey: ['customer', id], queryFn: () => api.get<Customer>(base) });
  const collections = useQuery({
    queryKey: ['collections', id],
    queryFn: () => api.get<{ collections: Collection[] }>(`${base}/collections`),
  });
  return (
    <Load query={customer}>
      {({ label, createdAt }) => (
        <Page
          title={label}
          lead={
            <>
              {t('customers.since')} <Time at={createdAt} /> · <span className="mono">{id}</span>
            </>
          }
          actions={
            <>
              {rights.includes('journal.read') && (
                <>
                  <Link to="/konsole/zugriffe" search={{ kunde: id }}>
                    {t('customers.accesses')}
                  </Link>
                  <Link to="/konsole/protokoll" search={{ kunde: id }}>
                    {t('customers.log')}
                  </Link>
                </>
              )}
              {rights.includes('grants.request') && (
                <Button component={Link} to="/konsole/freigaben/neu" search={{ kunde: id } as never}>
                  {t('customers.ask')}
                </Button>
              )}
            </>
          }
        >
          <section className="stack" aria-labelledby="collections">
            <h2 id="collections">{t('customers.collections')}</h2>
            <Load query={collections}>
              {({ collections: all }) =>
                all.length === 0 ? (
                  <Empty title={t('customers.collectionsEmptyTitle')} text={t('customers.collectionsEmptyText')} />
                ) : (
                  <CollectionList collections={all} />
                )
              }
            </Load>
          </section>
          {rights.includes('admins.manage') && (
            <MemberList
              title={t('team.adminsTitle')}
              lead={t('team.adminsLead')}
              path={`${base}/admins`}
              pick="admins"
              manages
              unlocks
            />
          )}
          <PeopleList base={base} />
        </Page>
      )}
    </Load>
  );
}
