import { Checkbox } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Role } from '../api/types.ts';

const staffRoles = ['owner', 'security', 'operations', 'support', 'engineer', 'auditor'] as const;

/** Roles, each with what it is for. */
export function RoleChoice({
  value,
  onChange,
}: {
  readonly value: readonly Role[];
  readonly onChange: (roles: Role[]) => void;
}) {
  const { t } = useTranslation();
  return (
    <Checkbox.Group label={t('team.roles')} value={[...value]} onChange={(roles) => onChange(roles as Role[])}>
      <div className="stack" style={{ '--gap': '0.6rem', marginTop: '0.4rem' } as React.CSSProperties}>
        {staffRoles.map((role) => (
          <Checkbox key={role} value={role} label={t(`role.${role}`)} description={t(`roleAbout.${role}`)} />
        ))}
      </div>
    </Checkbox.Group>
  );
}
