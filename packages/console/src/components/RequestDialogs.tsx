import { Button, Modal, NativeSelect, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api } from '../api/http.ts';
import { refusalGrounds } from '../api/types.ts';
import { useAct } from '../hooks/useAct.ts';
import { Problem } from './Problem.tsx';

interface RequestDialogProps {
  readonly path: string;
  readonly opened: boolean;
  readonly onClose: () => void;
}

/** Notes that a person asks to be erased. */
export function NoteRequestDialog({ path, opened, onClose }: RequestDialogProps) {
  const { t } = useTranslation();
  const note = useAct((body: object) => api.post(path, body));
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t('requests.note')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          const form = new FormData(event.currentTarget);
          const day = String(form.get('received') ?? '');
          // A day that is over arrived before its end; today has arrived by now.
          const end = new Date(`${day}T23:59:59`);
          const receivedAt = end.getTime() > Date.now() ? undefined : end.toISOString();
          note.mutate(
            { person: String(form.get('person') ?? '').trim(), ...(receivedAt !== undefined && { receivedAt }) },
            { onSuccess: onClose },
          );
        }}
      >
        {note.isError && <Problem error={note.error} />}
        <TextInput name="person" label={t('requests.person')} autoComplete="off" required data-autofocus />
        <TextInput
          name="received"
          type="date"
          label={t('requests.received')}
          defaultValue={new Date().toLocaleDateString('sv')}
          required
        />
        <Button type="submit" loading={note.isPending}>
          {t('requests.note')}
        </Button>
      </form>
    </Modal>
  );
}

/** Refuses a request, on a ground of the law. */
export function RefuseRequestDialog({ path, opened, onClose }: RequestDialogProps) {
  const { t } = useTranslation();
  const refuse = useAct((ground: string) => api.post(`${path}/answer`, { outcome: 'refused', ground }));
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t('requests.refuse')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          refuse.mutate(String(new FormData(event.currentTarget).get('ground')), { onSuccess: onClose });
        }}
      >
        {refuse.isError && <Problem error={refuse.error} />}
        <NativeSelect
          name="ground"
          label={t('requests.ground')}
          data={refusalGrounds.map((value) => ({ value, label: t(`requests.grounds.${value}`) }))}
        />
        <Button type="submit" color="red" loading={refuse.isPending}>
          {t('requests.refuse')}
        </Button>
      </form>
    </Modal>
  );
}

/** Takes two months more, and says why. */
export function ExtendRequestDialog({ path, opened, onClose }: RequestDialogProps) {
  const { t } = useTranslation();
  const extend = useAct((reason: string) => api.post(`${path}/extension`, { reason }));
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t('requests.extend')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          extend.mutate(String(new FormData(event.currentTarget).get('reason')), { onSuccess: onClose });
        }}
      >
        {extend.isError && <Problem error={extend.error} />}
        <p>{t('requests.extendText')}</p>
        <NativeSelect
          name="reason"
          label={t('requests.reason')}
          data={(['complex', 'many'] as const).map((value) => ({ value, label: t(`requests.reasons.${value}`) }))}
        />
        <Button type="submit" loading={extend.isPending}>
          {t('requests.extend')}
        </Button>
      </form>
    </Modal>
  );
}
