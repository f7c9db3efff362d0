import { NativeSelect } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useCustomers } from '../hooks/useCustomers.ts';

/** Chooses a customer, for pages that show one at a time. */
export function CustomerSelect({
  value,
  first,
  onChange,
}: {
  readonly value: string | undefined;
  /** What stands for none of them. */
  readonly first: string;
  readonly onChange: (customer: string | undefined) => void;
}) {
  const { t } = useTranslation();
  const { data } = useCustomers();
  return (
    <NativeSelect
      label={t('accesses.customer')}
      value={value ?? ''}
      onChange={(event) => onChange(event.currentTarget.value === '' ? undefined : event.currentTarget.value)}
      data={[{ value: '', label: first }, ...(data ?? []).map(({ id, label }) => ({ value: id, label }))]}
      style={{ maxWidth: '22rem' }}
    />
  );
}
