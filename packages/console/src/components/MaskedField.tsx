import { Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/http.ts';
import type { GrantPurpose, MaskedRecord } from '../api/types.ts';
import { Problem } from './Problem.tsx';

/** An unmasked value fades back after this. */
const shownMs = 60_000;

interface MaskedFieldProps {
  readonly name: string;
  readonly shown: MaskedRecord['fields'][string];
  readonly purpose: GrantPurpose;
  readonly unmask: () => Promise<{ readonly value: unknown }>;
  readonly onClosed: () => void;
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

export function MaskedField({ name, shown, purpose, unmask, onClosed }: MaskedFieldProps) {
  const { t } = useTranslation();
  const [value, setValue] = useState<unknown>();
  const [error, setError] = useState<unknown>();
  const isUnmasked = value !== undefined;
  useEffect(() => {
    if (!isUnmasked) return undefined;
    const timer = setTimeout(() => setValue(undefined), shownMs);
    return () => clearTimeout(timer);
  }, [isUnmasked]);

  async function open() {
    setError(undefined);
    try {
      setValue((await unmask()).value);
    } catch (failure) {
      if (failure instanceof ApiError && failure.code === 'grant_required') onClosed();
      else setError(failure);
    }
  }

  const isPlain = shown.class === 'plain';
  const isEmpty = isPlain ? shown.value === undefined : shown.masked === null;
  return (
    <div className="field">
      <span>
        <span className="mono">{name}</span>
        <br />
        <small className="soft">{t(`customers.${shown.class}`)}</small>
      </span>
      <span aria-live="polite">
        {isEmpty ? (
          <span className="soft">{t('viewer.nothing')}</span>
        ) : isPlain ? (
          textOf(shown.value)
        ) : isUnmasked ? (
          <>
            <span className="unmasked">{textOf(value)}</span>
            <br />
            <small className="soft">{t('viewer.byYou', { purpose: t(`purpose.${purpose}`) })}</small>
          </>
        ) : (
          <span className="masked">{shown.masked}</span>
        )}
        {error !== undefined && <Problem error={error} />}
      </span>
      <span>
        {!isPlain && !isEmpty && !isUnmasked && (
          <Button
            size="compact-sm"
            variant="default"
            aria-label={`${t('viewer.unmask')}: ${name}`}
            onClick={() => void open()}
          >
            {t('viewer.unmask')}
          </Button>
        )}
      </span>
    </div>
  );
}
