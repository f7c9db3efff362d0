import { Button, Modal, NativeSelect, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/http.ts';
import type { Role } from '../api/types.ts';
import { useAct } from '../hooks/useAct.ts';
import type { HandedLink } from './LinkDialog.tsx';
import { Problem } from './Problem.tsx';
import { RoleChoice } from './RoleChoice.tsx';

interface InviteDialogProps {
  readonly opened: boolean;
  /** With roles; an admin has one. */
  readonly staff: boolean;
  readonly path: string;
  readonly onClose: () => void;
  readonly onInvited: (answer: HandedLink) => void;
}

/** Invites somebody, by name and address. */
export function InviteDialog(props: InviteDialogProps) {
  const { t } = useTranslation();
  const { opened, staff, onClose } = props;
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={staff ? t('team.invite') : t('team.inviteAdmin')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      {/* Anew each time: what was chosen for one is not chosen for the next. */}
      <InviteForm {...props} />
    </Modal>
  );
}

function InviteForm({ staff, path, onInvited }: InviteDialogProps) {
  const { t, i18n } = useTranslation();
  const [roles, setRoles] = useState<Role[]>([]);
  const invite = useAct((body: object) => api.post<HandedLink>(path, body));

  function submit(event: React.FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const body = {
      name: form.get('name'),
      email: form.get('email'),
      country: String(form.get('country')).toUpperCase(),
      language: form.get('language'),
      ...(staff && { roles }),
    };
    invite.mutate(body, { onSuccess: onInvited });
  }

  return (
    <form className="stack" onSubmit={submit}>
      {invite.isError && <Problem error={invite.error} />}
      <TextInput name="name" label={t('join.name')} autoComplete="off" required data-autofocus />
      <TextInput name="email" type="email" label={t('join.email')} autoComplete="off" required />
      <div className="row" style={{ alignItems: 'flex-start' }}>
        <TextInput
          name="country"
          label={t('team.country')}
          defaultValue="DE"
          maxLength={2}
          pattern="[A-Za-z]{2}"
          required
        />
        <NativeSelect
          name="language"
          label={t('team.language')}
          defaultValue={i18n.language}
          data={[
            { value: 'de', label: 'Deutsch' },
            { value: 'en', label: 'English' },
          ]}
        />
      </div>
      {staff && <RoleChoice value={roles} onChange={setRoles} />}
      <Button type="submit" loading={invite.isPending} disabled={staff && roles.length === 0}>
        {staff ? t('team.invite') : t('team.inviteAdmin')}
      </Button>
    </form>
  );
}
