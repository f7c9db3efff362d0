import { Button } from '@mantine/core';
import { ObhutError } from '@obhut/client';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/http.ts';

const own = new Set(['unreachable', 'unavailable', 'unauthorized', 'forbidden', 'not_found']);

/** What happened, what it means, what to do, and a code to quote. */
export function Problem({ error, onRetry }: { readonly error: unknown; readonly onRetry?: () => void }) {
  const { t } = useTranslation();
  const { code, title, reason } =
    error instanceof ApiError || error instanceof ObhutError ? error : new ApiError(0, { code: 'unavailable' });
  const sentence =
    code === 'passkey_cancelled'
      ? t('door.passkeyCancelled')
      : code === 'passkey_exists'
        ? t('account.passkeyExists')
        : own.has(code)
          ? t(`error.${code as 'forbidden'}`)
          : title || t('error.title');
  return (
    <div role="alert" className="panel stack" style={{ '--gap': '0.5rem' } as React.CSSProperties}>
      <strong>{sentence}</strong>
      {reason !== undefined && <span>{reason}</span>}
      <span className="soft mono">{t('error.code', { code })}</span>
      {onRetry && (
        <div>
          <Button size="compact-sm" variant="default" onClick={onRetry}>
            {t('common.retry')}
          </Button>
        </div>
      )}
    </div>
  );
}
