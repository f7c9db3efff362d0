import { Button, Modal } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/http.ts';
import type { Member, Role } from '../api/types.ts';
import { useAct } from '../hooks/useAct.ts';
import { Problem } from './Problem.tsx';
import { RoleChoice } from './RoleChoice.tsx';

export function RolesDialog({
  member,
  path,
  onClose,
}: {
  readonly member: Member | undefined;
  readonly path: string;
  readonly onClose: () => void;
}) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={member !== undefined}
      onClose={onClose}
      title={t('team.change')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      {member && <RolesForm key={member.account} member={member} path={path} onDone={onClose} />}
    </Modal>
  );
}

function RolesForm({
  member,
  path,
  onDone,
}: {
  readonly member: Member;
  readonly path: string;
  readonly onDone: () => void;
}) {
  const { t } = useTranslation();
  const [roles, setRoles] = useState<Role[]>(member.roles.map(({ role }) => role));
  const save = useAct(() => api.put(`${path}/${member.account}/roles`, { roles }));
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(undefined, { onSuccess: onDone });
      }}
    >
      <p>{member.name}</p>
      {save.isError && <Problem error={save.error} />}
      <RoleChoice value={roles} onChange={setRoles} />
      <Button type="submit" loading={save.isPending}>
        {t('common.save')}
      </Button>
    </form>
  );
}
