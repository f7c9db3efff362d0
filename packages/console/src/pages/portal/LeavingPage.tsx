import { Button, Checkbox } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/http.ts';
import type { Erasure } from '../../api/types.ts';
import { CopyButton } from '../../components/CopyButton.tsx';
import { ErasureDialog } from '../../components/ErasureDialog.tsx';
import { Page } from '../../components/Page.tsx';
import { Problem } from '../../components/Problem.tsx';
import { ProposalPanel } from '../../components/ProposalPanel.tsx';
import { exportEverything } from '../../export.ts';
import { useAct } from '../../hooks/useAct.ts';
import { useSession } from '../../hooks/useSession.ts';

/** A customer leaves, step by step: take the data along, erase everything, keep the receipt. */
export function LeavingPage() {
  const { t } = useTranslation();
  const { customer, rights } = useSession();
  const base = `/v1/customers/${customer?.id}`;
  const [have, setHave] = useState(false);
  const [ordering, setOrdering] = useState(false);
  const take = useAct(() => exportEverything(customer?.id ?? ''));
  const list = useQuery({
    queryKey: ['erasures', customer?.id],
    queryFn: () => api.get<{ erasures: Erasure[] }>(`${base}/erasures?limit=200`),
  });
  const whole = list.data?.erasures.find(({ scope, state }) => scope === 'customer' && state !== 'withdrawn');
  const link = whole && `${window.location.origin}${whole.receiptPath}`;
  return (
    <Page title={t('leaving.title')} lead={t('leaving.lead')}>
      <ProposalPanel base={base} mayErase={rights.includes('portal.erase')} />
      <ol className="guided">
        <li className="panel stack step">
          <h2>{t('leaving.exportTitle')}</h2>
          <p className="prose">{t('leaving.exportText')}</p>
          {take.isError && <Problem error={take.error} />}
          <div>
            <Button loading={take.isPending} onClick={() => take.mutate()}>
              {t('leaving.export')}
            </Button>
          </div>
          <p role="status">{take.isSuccess && t('leaving.exported', { ...take.data })}</p>
          <p className="soft prose">{t('leaving.filesText')}</p>
        </li>
        <li className="panel stack step">
          <h2>{t('leaving.eraseTitle')}</h2>
          <p className="prose">{t('leaving.eraseText')}</p>
          <Checkbox
            checked={have}
            onChange={(event) => setHave(event.currentTarget.checked)}
            label={t('leaving.have')}
          />
          <div>
            <Button variant="default" disabled={!have || whole !== undefined} onClick={() => setOrdering(true)}>
              {t('leaving.erase')}
            </Button>
          </div>
        </li>
        <li className="panel stack step">
          <h2>{t('leaving.receiptTitle')}</h2>
          {link === undefined ? (
            <p className="soft">{t('leaving.receiptNone')}</p>
          ) : (
            <>
              <p className="prose">{t('leaving.receiptText')}</p>
              <p className="mono" data-testid="receipt-link">
                <a href={link}>{link}</a>
              </p>
              <div>
                <CopyButton text={link} />
              </div>
            </>
          )}
        </li>
      </ol>
      <ErasureDialog base={base} only="customer" opened={ordering} onClose={() => setOrdering(false)} />
    </Page>
  );
}
