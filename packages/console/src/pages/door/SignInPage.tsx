import { Button, Divider, PasswordInput, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/http.ts';
import { answerChallenge } from '../../api/passkeys.ts';
import type { Challenge, Session } from '../../api/types.ts';
import { Door } from '../../components/Door.tsx';
import { Problem } from '../../components/Problem.tsx';
import { enter } from '../../enter.ts';
import { localPath } from '../../local-path.ts';

export function SignInPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const client = useQueryClient();
  const { weiter } = useSearch({ from: '/anmelden' });
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);

  async function signIn(work: () => Promise<Session>) {
    setBusy(true);
    setError(undefined);
    try {
      enter(client, await work());
      // Checked where it is used: what leads away is not followed, wherever it came from.
      await navigate({ to: localPath(weiter) ?? '/konsole' });
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  }

  const withPasskey = () =>
    signIn(async () => {
      const challenge = await api.post<Challenge>('/v1/sign-in/passkey/options');
      return api.post<Session>('/v1/sign-in/passkey', await answerChallenge(challenge));
    });

  const withPassword = (event: React.FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    void signIn(() =>
      api.post<Session>('/v1/sign-in/password', {
        email: form.get('email'),
        password: form.get('password'),
        code: String(form.get('code')).replaceAll(' ', ''),
      }),
    );
  };

  return (
    <Door title={t('door.title')} lead={t('door.lead')}>
      {error !== undefined && <Problem error={error} />}
      <Button size="md" loading={busy} onClick={() => void withPasskey()}>
        {t('door.passkey')}
      </Button>
      <Divider label={t('door.or')} />
      <form className="stack" onSubmit={withPassword}>
        <TextInput name="email" type="email" label={t('door.email')} autoComplete="username webauthn" required />
        <PasswordInput name="password" label={t('door.password')} autoComplete="current-password" required />
        <TextInput
          name="code"
          label={t('door.code')}
          description={t('door.codeHint')}
          autoComplete="one-time-code"
          autoCapitalize="off"
          required
        />
        <Button type="submit" variant="default" loading={busy}>
          {t('door.submit')}
        </Button>
      </form>
    </Door>
  );
}
