import { PasswordInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { ApiError, api } from '../api/http.ts';
import { Problem } from './Problem.tsx';

interface Rules {
  readonly source: string;
  readonly date: string;
  readonly rules: readonly { readonly code: string; readonly de: string; readonly en: string }[];
}

/** A new password, with the rules it is measured by; what the server said to the last one stands beside it. */
export function NewPasswordInput({ error }: { readonly error: unknown }) {
  const { t, i18n } = useTranslation();
  const rules = useQuery({ queryKey: ['password-rules'], queryFn: () => api.get<Rules>('/v1/password/rules') });
  const broken = error instanceof ApiError && error.code === 'password_weak' ? error.reason : undefined;
  const rule = rules.data?.rules.find(({ code }) => code === broken);
  return (
    <>
      {error !== undefined && rule === undefined && <Problem error={error} />}
      <PasswordInput
        name="password"
        label={t('join.newPassword')}
        description={rules.data && t('join.rules', { source: rules.data.source, date: rules.data.date })}
        error={rule?.[i18n.language === 'de' ? 'de' : 'en']}
        autoComplete="new-password"
        required
      />
    </>
  );
}
