import { Button, Modal, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/http.ts';
import type { Alarm } from '../api/types.ts';
import { useAct } from '../hooks/useAct.ts';
import { Problem } from './Problem.tsx';

interface AcknowledgeDialogProps {
  readonly alarm: Alarm | undefined;
  readonly onClose: () => void;
}

/** Somebody takes care: the alarm rests, and colleagues see who it is. */
export function AcknowledgeDialog({ alarm, onClose }: AcknowledgeDialogProps) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={alarm !== undefined}
      onClose={onClose}
      title={t('alarms.acknowledge')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      {alarm && <AcknowledgeForm key={alarm.id} alarm={alarm} onClose={onClose} />}
    </Modal>
  );
}

function AcknowledgeForm({ alarm, onClose }: { readonly alarm: Alarm; readonly onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const [note, setNote] = useState('');
  const acknowledge = useAct(() =>
    api.post(`/v1/alarms/${alarm.id}/acknowledgement`, note.trim() === '' ? {} : { note: note.trim() }),
  );
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        acknowledge.mutate(undefined, { onSuccess: onClose });
      }}
    >
      <p>{alarm.text[i18n.language === 'de' ? 'de' : 'en'].title}</p>
      <p className="soft">{t('alarms.acknowledgeText')}</p>
      {acknowledge.isError && <Problem error={acknowledge.error} />}
      <Textarea
        label={t('alarms.note')}
        description={t('alarms.noteHint')}
        value={note}
        maxLength={500}
        autosize
        minRows={2}
        data-autofocus
        onChange={({ currentTarget }) => setNote(currentTarget.value)}
      />
      <Button type="submit" loading={acknowledge.isPending}>
        {t('alarms.acknowledge')}
      </Button>
    </form>
  );
}
