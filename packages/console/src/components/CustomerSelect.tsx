import { NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../api/http.ts';
import type { Customer } from '../api/types.ts';

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
  const { data } = useQuery({
    queryKey: ['customers', 'all'],
    queryFn: () => api.get<{ customers: Customer[] }>('/v1/customers?limit=200'),
  });
  return (
    <NativeSelect
      label={t('accesses.customer')}
      value={value ?? ''}
      onChange={(event) => onChange(event.currentTarget.value === '' ? undefined : event.currentTarget.value)}
      data={[{ value: '', label: first }, ...(data?.customers ?? []).map(({ id, label }) => ({ value: id, label }))]}
      style={{ maxWidth: '22rem' }}
    />
  );
}
