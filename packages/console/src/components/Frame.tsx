import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api } from '../api/http.ts';
import type { Overview, Session } from '../api/types.ts';
import { useGrantEvents } from '../hooks/useGrantEvents.ts';
import { sessionQuery, useSession } from '../hooks/useSession.ts';
import type { Language } from '../i18n/i18n.ts';
import { LanguageSwitch } from './LanguageSwitch.tsx';
import { SchemeSwitch } from './SchemeSwitch.tsx';

const staffItems = [
  ['/konsole', 'overview', undefined],
  ['/konsole/kunden', 'customers', 'customers.read'],
  ['/konsole/freigaben', 'grants', 'grants.read'],
  ['/konsole/zugriffe', 'accesses', 'journal.read'],
  ['/konsole/loeschungen', 'erasures', 'erasures.read'],
  ['/konsole/protokoll', 'journal', 'operatorlog.read'],
  ['/konsole/anmeldungen', 'signIns', 'signins.read'],
  ['/konsole/dienste', 'services', 'tokens.read'],
  ['/konsole/alarme', 'alarms', 'alarms.read'],
  ['/konsole/wiederherstellung', 'recovery', 'alarms.read'],
  ['/konsole/nachweise', 'claims', 'settings.read'],
  ['/konsole/team', 'team', 'staff.read'],
  ['/konsole/einstellungen', 'settings', 'settings.read'],
  ['/konsole/konto', 'account', undefined],
] as const;

const adminItems = [
  ['/portal', 'overview', undefined],
  ['/portal/anfragen', 'requests', 'portal.read'],
  ['/portal/zugriffe', 'accesses', 'portal.read'],
  ['/portal/loeschungen', 'erasures', 'erasures.read'],
  ['/portal/protokoll', 'journal', 'journal.read'],
  ['/portal/admins', 'admins', 'portal.admins'],
  ['/portal/einstellungen', 'settings', 'portal.policy'],
  ['/portal/konto', 'account', undefined],
] as const;

/** The frame of all pages behind the door: what one does here, who one is, and how one leaves. */
export function Frame() {
  const { t } = useTranslation();
  const session = useSession();
  const client = useQueryClient();
  const navigate = useNavigate();
  useGrantEvents();
  const { data: overview } = useQuery({
    queryKey: ['overview'],
    queryFn: () => api.get<Overview>('/v1/overview'),
    // An alarm comes without anybody doing something here.
    refetchInterval: 60_000,
  });
  const items = session.kind === 'admin' ? adminItems : staffItems;
  const waiting =
    overview?.needsMe.filter(({ kind }) => kind === 'grant_agree' || kind === 'grant_approve').length ?? 0;

  const alarms = overview?.needsMe.filter(({ kind }) => kind === 'alarm_open').length ?? 0;

  const keep = useMutation({ mutationFn: (language: Language) => api.put('/v1/account/language', { language }) });
  function speak(language: Language) {
    // Each page asks the session for its language: it would go back to the old one.
    client.setQueryData<Session>(sessionQuery.queryKey, { ...session, language });
    keep.mutate(language);
  }

  async function signOut() {
    await api.delete('/v1/session');
    client.clear();
    await navigate({ to: '/anmelden' });
  }

  return (
    <div className="frame">
      <a className="skip" href="#main">
        {t('app.skip')}
      </a>
      <nav className="side" aria-label={t('app.menu')}>
        <Link className="brand" to={session.kind === 'admin' ? '/portal' : '/konsole'}>
          Obhut
        </Link>
        {items
          .filter(([, , right]) => right === undefined || session.rights.includes(right))
          .map(([to, name]) => (
            <Link key={to} to={to} className="item" activeOptions={{ exact: to === '/konsole' || to === '/portal' }}>
              {t(`nav.${name}`)}
              {name === 'alarms' && alarms > 0 && <span className="count">{alarms}</span>}
              {(name === 'grants' || name === 'requests') && waiting > 0 && <span className="count">{waiting}</span>}
            </Link>
          ))}
      </nav>
      <div>
        <header className="top">
          <span>
            {session.name} ·{' '}
            {session.kind === 'admin'
              ? session.customer?.label
              : session.roles.map(({ role }) => t(`role.${role}`)).join(', ')}{' '}
            · {t(`method.${session.method}`)}
          </span>
          <LanguageSwitch onChange={speak} />
          <SchemeSwitch />
          <Button variant="subtle" size="compact-sm" onClick={() => void signOut()}>
            {t('app.signOut')}
          </Button>
        </header>
        <main className="main" id="main" tabIndex={-1}>
          <Outlet />
        </main>
      </div>
    </div>
  );
}
