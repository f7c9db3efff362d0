import { Button, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { NewPasswordInput } from '../../components/NewPasswordInput.tsx';
import { Problem } from '../../components/Problem.tsx';
import { TotpCode } from '../../components/TotpCode.tsx';

interface PasswordSetupProps {
  readonly email: string;
  /** Asks for a new secret of an authenticator app. */
  readonly begin: () => Promise<{ readonly secret: string; readonly uri: string }>;
  readonly finish: (password: string, code: string) => Promise<void>;
}

/** Password and authenticator app, set up together. */
export function PasswordSetup({ email, begin, finish }: PasswordSetupProps) {
  const { t } = useTranslation();
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const totp = useQuery({
    queryKey: ['totp'],
    queryFn: begin,
    // Once: another secret would replace the one that was just scanned.
    staleTime: Number.POSITIVE_INFINITY,
    meta: { once: true },
    gcTime: 0,
    retry: false,
  });

  async function submit(event: React.FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setError(undefined);
    try {
      await finish(String(form.get('password')), String(form.get('code')).replaceAll(' ', ''));
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  }

  return (
    <form className="stack" onSubmit={(event) => void submit(event)}>
      {totp.isError && <Problem error={totp.error} />}
      {totp.data && <TotpCode {...totp.data} />}
      <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
      <NewPasswordInput error={error} />
      <TextInput
        name="code"
        label={t('join.firstCode')}
        autoComplete="one-time-code"
        inputMode="numeric"
        pattern="[0-9 ]{6,7}"
        required
      />
      <Button type="submit" loading={busy} disabled={totp.data === undefined}>
        {t('join.finish')}
      </Button>
    </form>
  );
}
