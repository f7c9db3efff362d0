import { Button, Modal, Radio, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/http.ts';
import { useAct } from '../hooks/useAct.ts';
import { Problem } from './Problem.tsx';

const kinds = ['person', 'collection', 'record'] as const;

interface HoldDialogProps {
  readonly base: string;
  readonly opened: boolean;
  readonly onClose: () => void;
}

/** Places a hold: what, until when, why. */
export function HoldDialog({ base, opened, onClose }: HoldDialogProps) {
  const { t } = useTranslation();
  const [kind, setKind] = useState<(typeof kinds)[number]>('person');
  const place = useAct((hold: object) => api.post(`${base}/holds`, hold));

  function submit(event: React.FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? '').trim();
    const body = {
      ...(kind !== 'collection' && { person: text('person') }),
      ...(kind !== 'person' && { collection: text('collection') }),
      ...(kind === 'record' && { record: text('record') }),
      // The whole of that day.
      until: new Date(`${text('until')}T23:59:59`).toISOString(),
      reason: text('reason'),
    };
    place.mutate(body, { onSuccess: onClose });
  }

  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t('holds.place')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <form className="stack" onSubmit={submit}>
        {place.isError && <Problem error={place.error} />}
        <Radio.Group label={t('holds.what')} value={kind} onChange={(value) => setKind(value as typeof kind)}>
          <div className="stack" style={{ '--gap': '0.6rem', marginTop: '0.4rem' } as React.CSSProperties}>
            {kinds.map((one) => (
              <Radio key={one} value={one} label={t(`holds.${one}`)} />
            ))}
          </div>
        </Radio.Group>
        {kind !== 'collection' && <TextInput name="person" label={t('erasures.personId')} required data-autofocus />}
        {kind !== 'person' && <TextInput name="collection" label={t('erasures.collection')} required />}
        {kind === 'record' && <TextInput name="record" label={t('holds.recordId')} required />}
        <TextInput name="until" type="date" label={t('holds.until')} required />
        <TextInput
          name="reason"
          label={t('holds.reason')}
          description={t('holds.reasonHint')}
          maxLength={200}
          autoComplete="off"
          required
        />
        <Button type="submit" loading={place.isPending}>
          {t('holds.place')}
        </Button>
      </form>
    </Modal>
  );
}
