import { TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';

export interface Profile {
  readonly name: string;
  readonly email: string;
  readonly country: string;
}

/** Who the first person is; everybody else was named by whoever invited them. */
export function OwnProfile({
  value,
  onChange,
}: {
  readonly value: Profile;
  readonly onChange: (value: Profile) => void;
}) {
  const { t } = useTranslation();
  return (
    <div className="stack">
      <TextInput
        label={t('join.name')}
        autoComplete="name"
        required
        value={value.name}
        onChange={(event) => onChange({ ...value, name: event.currentTarget.value })}
      />
      <TextInput
        label={t('join.email')}
        type="email"
        autoComplete="email"
        required
        value={value.email}
        onChange={(event) => onChange({ ...value, email: event.currentTarget.value })}
      />
      <TextInput
        label={t('join.country')}
        description={t('join.countryHint')}
        autoComplete="country"
        maxLength={2}
        required
        value={value.country}
        onChange={(event) => onChange({ ...value, country: event.currentTarget.value.toUpperCase() })}
      />
    </div>
  );
}
