import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/http.ts';
import type { NotifyStatus } from '../api/types.ts';
import { Facts } from '../components/Facts.tsx';
import { Load } from '../components/Load.tsx';
import { Page } from '../components/Page.tsx';
import { PolicyFiles } from '../components/PolicyFiles.tsx';
import { SecretDialog } from '../components/SecretDialog.tsx';
import { State } from '../components/State.tsx';
import { SureButton } from '../components/SureButton.tsx';
import { Time } from '../components/Time.tsx';
import { WebhookDialog } from '../components/WebhookDialog.tsx';
import { useAct } from '../hooks/useAct.ts';
import { useSession } from '../hooks/useSession.ts';

export function SettingsPage() {
  const { t } = useTranslation();
  const { rights } = useSession();
  const [adding, setAdding] = useState(false);
  const [secret, setSecret] = useState<string>();
  const status = useQuery({ queryKey: ['notify'], queryFn: () => api.get<NotifyStatus>('/v1/notify/status') });
  const remove = useAct((id: string) => api.delete(`/v1/webhooks/${id}`));
  const manages = rights.includes('tokens.manage');
  return (
    <Page title={t('settings.title')}>
      <Load query={status}>
        {({ mail, webhooks }) => (
          <>
            <section className="stack" aria-labelledby="mail">
              <h2 id="mail">{t('settings.mail')}</h2>
              <State kind={mail.configured ? (mail.failing > 0 ? 'fails' : 'holds') : 'unknown'}>
                <span className="wrap">
                  {mail.configured
                    ? t('settings.mailOn', { host: mail.host ?? '', from: mail.from ?? '' })
                    : t('settings.mailOff')}
                </span>
              </State>
              {!mail.configured && <p className="soft">{t('settings.mailHow')}</p>}
              <Facts
                of={[
                  [t('settings.waiting'), mail.waiting],
                  [t('settings.failing'), mail.failing],
                  [
                    t('settings.lastSent'),
                    mail.lastSentAt === null ? t('common.never') : <Time key="l" at={mail.lastSentAt} />,
                  ],
                ]}
              />
            </section>
            <section className="stack" aria-labelledby="webhooks">
              <div className="row between">
                <h2 id="webhooks">{t('settings.webhooks')}</h2>
                {manages && (
                  <Button variant="default" onClick={() => setAdding(true)}>
                    {t('settings.addWebhook')}
                  </Button>
                )}
              </div>
              {webhooks.length === 0 && <p className="soft">{t('settings.webhooksEmpty')}</p>}
              {webhooks.map(({ id, host, events }) => (
                <div key={id} className="row between panel">
                  <div>
                    <strong className="mono">{host}</strong>
                    <br />
                    <span className="soft mono">{events.join(', ')}</span>
                  </div>
                  {manages && (
                    <SureButton
                      size="compact-sm"
                      label={t('settings.remove')}
                      of={host}
                      text={t('settings.removeText', { host })}
                      onSure={() => remove.mutate(id)}
                    />
                  )}
                </div>
              ))}
            </section>
          </>
        )}
      </Load>
      <PolicyFiles />
      <WebhookDialog
        opened={adding}
        onClose={() => setAdding(false)}
        onMade={(made) => {
          setAdding(false);
          setSecret(made);
        }}
      />
      <SecretDialog title={t('settings.secret')} secret={secret} onClose={() => setSecret(undefined)} />
    </Page>
  );
}
