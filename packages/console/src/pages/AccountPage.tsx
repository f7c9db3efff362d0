import { Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api } from '../api/http.ts';
import type { Factors } from '../api/types.ts';
import { Facts } from '../components/Facts.tsx';
import { Load } from '../components/Load.tsx';
import { OwnPasskeys } from '../components/OwnPasskeys.tsx';
import { OwnPassword } from '../components/OwnPassword.tsx';
import { OwnSessions } from '../components/OwnSessions.tsx';
import { Page } from '../components/Page.tsx';
import { SignInList } from '../components/SignInList.tsx';
import { countryName, day } from '../format.ts';
import { useSession } from '../hooks/useSession.ts';

export function AccountPage() {
  const { t, i18n } = useTranslation();
  const session = useSession();
  const client = useQueryClient();
  const navigate = useNavigate();
  const factors = useQuery({ queryKey: ['factors'], queryFn: () => api.get<Factors>('/v1/account/factors') });

  async function everywhere() {
    await api.delete('/v1/sessions');
    client.clear();
    await navigate({ to: '/anmelden' });
  }

  return (
    <Page title={t('account.title')}>
      <Facts
        of={[
          [t('account.who'), session.name],
          [t('join.email'), session.email],
          [t('team.country'), countryName(session.country, i18n.language)],
          [
            t('account.roles'),
            session.roles
              .map(
                ({ role, expiresAt }) =>
                  `${t(`role.${role}`)} (${t('team.expires', { date: day(expiresAt, i18n.language) })})`,
              )
              .join(', '),
          ],
        ]}
      />
      <Load query={factors}>
        {(data) => (
          <>
            <OwnPasskeys passkeys={data.passkeys} />
            <OwnPassword factors={data} />
          </>
        )}
      </Load>
      <OwnSessions onEverywhere={() => void everywhere()} />
      <section className="stack" aria-labelledby="own-sign-ins">
        <div>
          <h2 id="own-sign-ins">{t('account.signIns')}</h2>
          <p className="soft">{t('signIns.ownLead')}</p>
        </div>
        <SignInList path="/v1/account/sign-ins" own />
        <div>
          <Button variant="default" onClick={() => void everywhere()}>
            {t('account.everywhere')}
          </Button>
        </div>
      </section>
    </Page>
  );
}
