import { Button, Divider, Modal, PasswordInput, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, api, setStepUp } from '../api/http.ts';
import { answerChallenge } from '../api/passkeys.ts';
import type { Challenge, Session } from '../api/types.ts';
import { Problem } from './Problem.tsx';

/** Asks for a strong factor when a step needs a fresh one, and lets the step go on. */
export function StepUpHost() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  const [error, setError] = useState<unknown>();
  // Several steps may ask at once: one answer is for all of them.
  const waiting = useRef<{ resolve: () => void; reject: (error: unknown) => void }[]>([]);
  const session = client.getQueryData<Session>(['session']);

  useEffect(() => {
    setStepUp(
      () =>
        new Promise((resolve, reject) => {
          waiting.current.push({ resolve, reject });
          setError(undefined);
          setOpen(true);
        }),
    );
    return () => setStepUp(undefined);
  }, []);

  async function confirm(work: () => Promise<Session>) {
    try {
      client.setQueryData(['session'], await work());
      setOpen(false);
      for (const { resolve } of waiting.current.splice(0)) resolve();
    } catch (failure) {
      setError(failure);
    }
  }

  function cancel() {
    setOpen(false);
    const refused = new ApiError(403, { code: 'fresh_factor_required', title: t('stepUp.text') });
    for (const { reject } of waiting.current.splice(0)) reject(refused);
  }

  const withPasskey = () =>
    confirm(async () => {
      const challenge = await api.post<Challenge>('/v1/session/confirm/passkey/options');
      return api.post<Session>('/v1/session/confirm/passkey', await answerChallenge(challenge));
    });

  const withPassword = (event: React.FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    void confirm(() =>
      api.post<Session>('/v1/session/confirm/password', {
        password: form.get('password'),
        code: String(form.get('code')).replaceAll(' ', ''),
      }),
    );
  };

  return (
    <Modal
      opened={open}
      onClose={cancel}
      title={t('stepUp.title')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <div className="stack">
        <p>{t('stepUp.text')}</p>
        {error !== undefined && <Problem error={error} />}
        {(session?.factors.passkeys ?? 0) > 0 && (
          <Button onClick={() => void withPasskey()} data-autofocus>
            {t('stepUp.passkey')}
          </Button>
        )}
        {session?.factors.password === true && (
          <>
            {session.factors.passkeys > 0 && <Divider label={t('door.or')} />}
            <form className="stack" onSubmit={withPassword}>
              <input type="text" name="username" autoComplete="username" value={session.email} readOnly hidden />
              <PasswordInput name="password" label={t('door.password')} autoComplete="current-password" required />
              <TextInput
                name="code"
                label={t('door.code')}
                description={t('door.codeHint')}
                autoComplete="one-time-code"
                required
              />
              <Button type="submit" variant={session.factors.passkeys > 0 ? 'default' : 'filled'}>
                {t('stepUp.submit')}
              </Button>
            </form>
          </>
        )}
      </div>
    </Modal>
  );
}
