import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, api } from '../../api/http.ts';
import { Problem } from '../../components/Problem.tsx';
import { TotpCode } from '../../components/TotpCode.tsx';

interface Rules {
  readonly source: string;
  readonly date: string;
  readonly rules: readonly { readonly code: string; readonly de: string; readonly en: string }[];
}

interface PasswordSetupProps {
  readonly email: string;
  /** Asks for a new secret of an authenticator app. */
  readonly begin: () => Promise<{ readonly secret: string; readonly uri: string }>;
  readonly finish: (password: string, code: string) => Promise<void>;
}

/** Password and authenticator app, set up together. */
export function PasswordSetup({ email, begin, finish }: PasswordSetupProps) {
  const { t, i18n } = useTranslation();
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
  const rules = useQuery({ queryKey: ['password-rules'], queryFn: () => api.get<Rules>('/v1/password/rules') });

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

  const broken = error instanceof ApiError && error.code === 'password_weak' ? error.reason : undefined;
  const rule = rules.data?.rules.find(({ code }) => code === broken);
  return (
    <form className="stack" onSubmit={(event) => void submit(event)}>
      {totp.isError && <Problem error={totp.error} />}
      {totp.data && <TotpCode {...totp.data} />}
      {error !== undefined && rule === undefined && <Problem error={error} />}
      <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
      <PasswordInput
        name="password"
        label={t('join.newPassword')}
        description={rules.data && t('join.rules', { source: rules.data.source, date: rules.data.date })}
        error={rule?.[i18n.language === 'de' ? 'de' : 'en']}
        autoComplete="new-password"
        required
      />
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
