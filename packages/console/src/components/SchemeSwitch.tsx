import { useMantineColorScheme } from '@mantine/core';
import { useTranslation } from 'react-i18next';

const order = ['auto', 'light', 'dark'] as const;

/** Light, dark, or as the device has it. */
export function SchemeSwitch() {
  const { t } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <label className="row" style={{ gap: '0.4rem' }}>
      <span>{t('app.scheme')}</span>
      <select
        value={colorScheme}
        onChange={(event) => setColorScheme(event.currentTarget.value as (typeof order)[number])}
        className="plain-select"
      >
        {order.map((one) => (
          <option key={one} value={one}>
            {t(`app.${one}`)}
          </option>
        ))}
      </select>
    </label>
  );
}
