import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/http.ts';
import type { Session } from '../../api/types.ts';
import { Door } from '../../components/Door.tsx';
import { NewPasswordInput } from '../../components/NewPasswordInput.tsx';
import { SureButton } from '../../components/SureButton.tsx';
import { enter } from '../../enter.ts';
import { useSession } from '../../hooks/useSession.ts';

/** The password turned up in a leak: it is changed, or removed where there is a passkey, before anything else. */
export function LeakedPasswordPage() {
  const { t } = useTranslation();
  const session = useSession();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);

  async function mend(work: () => Promise<void>) {
    setBusy(true);
    setError(undefined);
    try {
      await work();
      enter(client, await api.get<Session>('/v1/session'));
      await navigate({ to: session.kind === 'admin' ? '/portal' : '/konsole' });
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  }

  async function leave() {
    await api.delete('/v1/session');
    client.clear();
    await navigate({ to: '/anmelden' });
  }

  return (
    <Door title={t('leaked.title')} lead={t('leaked.lead')}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          const password = new FormData(event.currentTarget).get('password');
          void mend(() => api.put('/v1/account/password', { password }));
        }}
      >
        <input type="text" name="username" autoComplete="username" value={session.email} readOnly hidden />
        <NewPasswordInput error={error} />
        <Button type="submit" loading={busy}>
          {t('leaked.change')}
        </Button>
      </form>
      <p className="soft">{t('leaked.stays')}</p>
      <div className="row">
        {session.factors.passkeys > 0 && (
          <SureButton
            label={t('leaked.remove')}
            of={t('account.password')}
            text={t('account.removePasswordText')}
            onSure={() => void mend(() => api.delete('/v1/account/password'))}
          />
        )}
        <Button variant="subtle" onClick={() => void leave()}>
          {t('app.signOut')}
        </Button>
      </div>
    </Door>
  );
}
