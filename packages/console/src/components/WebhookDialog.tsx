import { Button, Checkbox, Modal, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/http.ts';
import { useAct } from '../hooks/useAct.ts';
import { Problem } from './Problem.tsx';

const events = [
  'grant_requested',
  'grant_started',
  'grant_emergency',
  'grant_ended',
  'access_notice',
  'review_due',
  'notice_overdue',
  'account_locked',
  'claim_changed',
  'alarm_open',
  'alarm_resolved',
  'person.erased',
  'erasure_unconfirmed',
];

interface WebhookDialogProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly onMade: (secret: string) => void;
}

export function WebhookDialog({ opened, onClose, onMade }: WebhookDialogProps) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<string[]>([]);
  const make = useAct((url: string) => api.post<{ secret: string }>('/v1/webhooks', { url, events: chosen }));
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t('settings.addWebhook')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          make.mutate(String(new FormData(event.currentTarget).get('url')), {
            onSuccess: ({ secret }) => onMade(secret),
          });
        }}
      >
        {make.isError && <Problem error={make.error} />}
        <TextInput name="url" type="url" label={t('settings.url')} placeholder="https://" required data-autofocus />
        <Checkbox.Group label={t('settings.events')} value={chosen} onChange={setChosen}>
          <div className="stack" style={{ '--gap': '0.6rem', marginTop: '0.4rem' } as React.CSSProperties}>
            {events.map((event) => (
              <Checkbox key={event} size="xs" value={event} label={<span className="mono">{event}</span>} />
            ))}
          </div>
        </Checkbox.Group>
        <Button type="submit" loading={make.isPending} disabled={chosen.length === 0}>
          {t('settings.addWebhook')}
        </Button>
      </form>
    </Modal>
  );
}
