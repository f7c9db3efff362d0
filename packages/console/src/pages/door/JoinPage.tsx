import { Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/http.ts';
import { makePasskey } from '../../api/passkeys.ts';
import type { Challenge, LinkInfo, Session } from '../../api/types.ts';
import { Door } from '../../components/Door.tsx';
import { Problem } from '../../components/Problem.tsx';
import { RecoveryCodes } from '../../components/RecoveryCodes.tsx';
import { enter } from '../../enter.ts';
import { useFragment } from '../../hooks/useFragment.ts';
import { OwnProfile, type Profile } from './OwnProfile.tsx';
import { PasswordSetup } from './PasswordSetup.tsx';

/** What a one-time link opens; another link begins anew. */
export function JoinPage() {
  const secret = useFragment();
  return <Joining key={secret} secret={secret} />;
}

function Joining({ secret }: { readonly secret: string }) {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [profile, setProfile] = useState<Profile>({ name: '', email: '', country: 'DE' });
  const [way, setWay] = useState<'choose' | 'password'>('choose');
  const [error, setError] = useState<unknown>();
  const [joined, setJoined] = useState<{ readonly session: Session; readonly codes: readonly string[] }>();
  const link = useQuery({
    queryKey: ['link', secret],
    queryFn: () => api.post<LinkInfo>('/v1/links/check', { secret }),
    // Once: while somebody takes their recovery codes elsewhere, the link is used up and would be refused.
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
    meta: { once: true },
    retry: false,
    gcTime: 0,
  });

  if (joined !== undefined)
    return (
      <Door title={t('codes.title')}>
        <RecoveryCodes codes={joined.codes} onKept={() => come(joined.session)} />
      </Door>
    );

  if (link.isError)
    return (
      <Door title={t('join.invalidTitle')} lead={t('join.invalidText')}>
        <p className="soft">{t('join.alreadyFirst')}</p>
      </Door>
    );
  if (link.data === undefined) return <Door title="Obhut">{t('common.loading')}</Door>;

  const info = link.data;
  const isFirst = info.kind === 'first-owner';
  const own = isFirst ? { profile: { ...profile, language: i18n.language } } : {};
  const ready = !isFirst || (profile.name !== '' && profile.email.includes('@') && /^[A-Z]{2}$/.test(profile.country));

  function come(session: Session) {
    enter(client, session);
    // The secret is used up; it need not stay in the address.
    window.history.replaceState(null, '', window.location.pathname);
    void navigate({ to: session.kind === 'admin' ? '/portal' : '/konsole' });
  }

  async function withPasskey() {
    setError(undefined);
    try {
      const named = isFirst ? { name: profile.name, email: profile.email } : {};
      const challenge = await api.post<Challenge>('/v1/links/passkey/options', { secret, ...named });
      const answer = await makePasskey(challenge);
      come(await api.post<Session>('/v1/links/passkey', { secret, ...answer, label: '', ...own }));
    } catch (failure) {
      setError(failure);
    }
  }

  const title = isFirst
    ? t('join.firstTitle')
    : info.kind === 'reset'
      ? t('join.resetTitle')
      : t('join.invitedTitle', { name: info.name ?? '' });
  const roles = info.roles.map((role) => t(`role.${role}`)).join(', ');
  return (
    <Door title={title} lead={isFirst ? t('join.firstLead') : t('join.invitedLead')}>
      {!isFirst && (
        <p>
          {info.customer === null ? t('join.asRoles', { roles }) : t('join.forCustomer', { customer: info.customer })}
        </p>
      )}
      {isFirst && <OwnProfile value={profile} onChange={setProfile} />}
      {error !== undefined && <Problem error={error} />}
      <section className="panel stack" aria-labelledby="way-passkey">
        <h2 id="way-passkey">
          {t('join.passkeyTitle')} <span className="soft">· {t('join.recommended')}</span>
        </h2>
        <p>{t('join.passkeyText')}</p>
        <Button disabled={!ready} onClick={() => void withPasskey()}>
          {t('join.passkeyButton')}
        </Button>
      </section>
      <section className="panel stack" aria-labelledby="way-password">
        <h2 id="way-password">{t('join.passwordTitle')}</h2>
        {way === 'choose' ? (
          <>
            <p>{t('join.passwordText')}</p>
            <Button variant="default" disabled={!ready} onClick={() => setWay('password')}>
              {t('join.passwordButton')}
            </Button>
          </>
        ) : (
          <PasswordSetup
            email={info.email ?? profile.email}
            begin={() => api.post('/v1/links/totp', { secret, ...(isFirst && { email: profile.email }) })}
            finish={async (password, code) => {
              const answer = await api.post<{ session: Session; recoveryCodes: string[] }>('/v1/links/password', {
                secret,
                password,
                code,
                ...own,
              });
              setJoined({ session: answer.session, codes: answer.recoveryCodes });
            }}
          />
        )}
      </section>
    </Door>
  );
}
