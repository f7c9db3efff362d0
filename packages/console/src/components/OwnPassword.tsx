import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/http.ts';
import type { Factors } from '../api/types.ts';
import { useAct } from '../hooks/useAct.ts';
import { useSession } from '../hooks/useSession.ts';
import { PasswordSetup } from '../pages/door/PasswordSetup.tsx';
import { Problem } from './Problem.tsx';
import { RecoveryCodes } from './RecoveryCodes.tsx';
import { SureButton } from './SureButton.tsx';
import { Time } from './Time.tsx';

interface Codes {
  readonly recoveryCodes: readonly string[];
}

export function OwnPassword({ factors: { password, recoveryCodes } }: { readonly factors: Factors }) {
  const { t } = useTranslation();
  const { email } = useSession();
  const client = useQueryClient();
  const [setting, setSetting] = useState(false);
  const [codes, setCodes] = useState<readonly string[]>();
  const remove = useAct(() => api.delete('/v1/account/password'));
  const renew = useAct(() => api.post<Codes>('/v1/account/recovery-codes'));
  const failed = remove.error ?? renew.error;
  return (
    <section className="stack" aria-labelledby="password">
      <h2 id="password">{t('account.password')}</h2>
      {failed && <Problem error={failed} />}
      {codes !== undefined && <RecoveryCodes codes={codes} onKept={() => setCodes(undefined)} />}
      {password === null ? (
        <p className="soft">{t('account.passwordUnset')}</p>
      ) : (
        <p>
          {t('account.passwordSet', { time: '', count: recoveryCodes })} <Time at={password.setAt} />
        </p>
      )}
      {setting ? (
        <div className="panel" style={{ maxWidth: '28rem' }}>
          <PasswordSetup
            email={email}
            begin={() => api.post('/v1/account/totp')}
            finish={async (word, code) => {
              const answer = await api.post<Codes>('/v1/account/password', { password: word, code });
              setCodes(answer.recoveryCodes);
              setSetting(false);
              await client.invalidateQueries({ queryKey: ['factors'] });
            }}
          />
        </div>
      ) : (
        <div className="row">
          <Button variant="default" onClick={() => setSetting(true)}>
            {t(password === null ? 'account.setPassword' : 'account.changePassword')}
          </Button>
          {password !== null && (
            <>
              <Button
                variant="default"
                onClick={() => renew.mutate(undefined, { onSuccess: (answer) => setCodes(answer.recoveryCodes) })}
              >
                {t('account.newCodes')}
              </Button>
              <SureButton
                label={t('account.removePassword')}
                of={t('account.password')}
                text={t('account.removePasswordText')}
                onSure={() => remove.mutate()}
              />
            </>
          )}
        </div>
      )}
    </section>
  );
}
