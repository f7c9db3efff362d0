import { useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Choice } from '../components/Choice.tsx';
import { Page } from '../components/Page.tsx';
import { SignInList } from '../components/SignInList.tsx';

const outcomes = ['all', 'ok', 'failed', 'locked', 'limited'] as const;

export function SignInsPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { ausgang: outcome = 'all' } = useSearch({ from: '/konsole/anmeldungen' });
  return (
    <Page title={t('signIns.title')} lead={t('signIns.lead')}>
      <div>
        <Choice
          label={t('signIns.outcome')}
          value={outcome}
          options={outcomes.map((value) => ({
            value,
            label: value === 'all' ? t('common.all') : value === 'ok' ? t('signIns.ok') : t(`signIns.${value}`),
          }))}
          onChange={(value) =>
            void navigate({ to: '/konsole/anmeldungen', search: value === 'all' ? {} : { ausgang: value } })
          }
        />
      </div>
      <SignInList key={outcome} path={outcome === 'all' ? '/v1/sign-ins' : `/v1/sign-ins?outcome=${outcome}`} />
    </Page>
  );
}
