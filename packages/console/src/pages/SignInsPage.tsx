import { SegmentedControl } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Page } from '../components/Page.tsx';
import { SignInList } from '../components/SignInList.tsx';

const outcomes = ['all', 'ok', 'failed', 'locked', 'limited'] as const;

export function SignInsPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { ausgang: outcome = 'all' } = useSearch({ from: '/konsole/anmeldungen' });
  return (
    <Page title={t('signIns.title')} lead={t('signIns.lead')}>
      <SegmentedControl
        aria-label={t('signIns.outcome')}
        value={outcome}
        onChange={(value) =>
          void navigate({
            to: '/konsole/anmeldungen',
            search: value === 'all' ? {} : { ausgang: value },
          })
        }
        data={outcomes.map((value) => ({ value, label: value === 'all' ? t('common.all') : t(`signIns.${value}`) }))}
        style={{ alignSelf: 'flex-start' }}
      />
      <SignInList key={outcome} path={outcome === 'all' ? '/v1/sign-ins' : `/v1/sign-ins?outcome=${outcome}`} />
    </Page>
  );
}
