import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/http.ts';
import type { Erasure } from '../api/types.ts';
import { CustomerSelect } from '../components/CustomerSelect.tsx';
import { Empty } from '../components/Empty.tsx';
import { ErasureDialog } from '../components/ErasureDialog.tsx';
import { ErasureTable } from '../components/ErasureTable.tsx';
import { HoldSection } from '../components/HoldSection.tsx';
import { Load } from '../components/Load.tsx';
import { Page } from '../components/Page.tsx';
import { ProposalPanel } from '../components/ProposalPanel.tsx';
import { RequestSection } from '../components/RequestSection.tsx';
import { useSession } from '../hooks/useSession.ts';

/** Orders of erasure: an admin's own, or those of the customer that staff chooses. */
export function ErasuresPage() {
  const { t } = useTranslation();
  const { customer: own, rights } = useSession();
  const navigate = useNavigate();
  const { kunde } = useSearch({ strict: false });
  const [ordering, setOrdering] = useState(false);
  const customer = own?.id ?? kunde;
  const base = `/v1/customers/${customer}`;
  const list = useQuery({
    queryKey: ['erasures', customer],
    queryFn: () => api.get<{ erasures: Erasure[] }>(`${base}/erasures?limit=200`),
    enabled: customer !== undefined,
  });
  const mayOrder = rights.includes('erasures.order');
  return (
    <Page
      title={t('erasures.title')}
      lead={t('erasures.lead')}
      actions={
        mayOrder && customer !== undefined ? (
          <Button onClick={() => setOrdering(true)}>{t('erasures.order')}</Button>
        ) : undefined
      }
    >
      {own === null && (
        <CustomerSelect
          value={kunde}
          first={t('erasures.choose')}
          onChange={(chosen) =>
            void navigate({ to: '/konsole/loeschungen', search: chosen === undefined ? {} : { kunde: chosen } })
          }
        />
      )}
      {customer !== undefined && <ProposalPanel base={base} mayErase={rights.includes('portal.erase')} />}
      {customer !== undefined && (
        <section className="stack" aria-labelledby="orders">
          <h2 id="orders">{t('erasures.orders')}</h2>
          <Load query={list}>
            {({ erasures }) =>
              erasures.length === 0 ? (
                <Empty title={t('erasures.emptyTitle')} text={t('erasures.emptyText')} />
              ) : (
                <ErasureTable base={base} erasures={erasures} mayOrder={mayOrder} />
              )
            }
          </Load>
        </section>
      )}
      {customer !== undefined && <RequestSection base={base} mayOrder={mayOrder} />}
      {customer !== undefined && <HoldSection base={base} mayOrder={mayOrder} />}
      {rights.includes('portal.erase') && (
        <p>
          <Link to="/portal/abschied">{t('leaving.link')}</Link>
        </p>
      )}
      {customer !== undefined && <ErasureDialog base={base} opened={ordering} onClose={() => setOrdering(false)} />}
    </Page>
  );
}
