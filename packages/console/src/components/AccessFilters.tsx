import { TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { type AccessType, accessTypes } from '../api/types.ts';
import { Choice } from './Choice.tsx';

/** What of the history is shown: days as `2026-11-25`, and one kind of access. It stands in the address. */
export interface AccessFilter {
  readonly von?: string;
  readonly bis?: string;
  readonly art?: AccessType;
}

const isDay = (value: unknown): value is string => typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value);

/** Of an address, what is one of ours. */
export function accessSearch({ von, bis, art }: Record<string, unknown>): AccessFilter {
  const type = accessTypes.find((one) => one === art);
  return {
    ...(isDay(von) && { von }),
    ...(isDay(bis) && { bis }),
    ...(type !== undefined && { art: type }),
  };
}

/** As the server takes it: from the beginning of the first day to the end of the last, where the reader is. */
export function accessQuery({ von, bis }: AccessFilter): string {
  const from = von === undefined ? '' : `&from=${new Date(`${von}T00:00:00`).toISOString()}`;
  const to = bis === undefined ? '' : `&to=${new Date(`${bis}T23:59:59.999`).toISOString()}`;
  return `${from}${to}`;
}

export function AccessFilters({
  value,
  onChange,
}: {
  readonly value: AccessFilter;
  readonly onChange: (value: AccessFilter) => void;
}) {
  const { t } = useTranslation();
  const day = (name: 'von' | 'bis', label: string) => (
    <TextInput
      type="date"
      label={label}
      value={value[name] ?? ''}
      onChange={(event) => onChange(accessSearch({ ...value, [name]: event.currentTarget.value }))}
    />
  );
  return (
    <div className="row" style={{ alignItems: 'flex-end' }}>
      {day('von', t('accesses.from'))}
      {day('bis', t('accesses.to'))}
      <Choice
        label={t('accesses.type')}
        value={value.art ?? 'all'}
        options={[
          { value: 'all', label: t('common.all') },
          ...accessTypes.map((one) => ({ value: one, label: t(`accesses.${one}`) })),
        ]}
        onChange={(chosen) => onChange(accessSearch({ ...value, art: chosen }))}
      />
    </div>
  );
}
