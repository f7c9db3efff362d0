import { Modal } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { CopyButton } from './CopyButton.tsx';

/** A one-time link to hand over, or that it is on its way. */
export function LinkDialog({
  handed,
  onClose,
}: {
  readonly handed: { readonly link: string | null } | undefined;
  readonly onClose: () => void;
}) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={handed !== undefined}
      onClose={onClose}
      title={handed?.link == null ? t('team.mailed') : t('team.linkTitle')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      {handed?.link != null && (
        <div className="stack">
          <p>{t('team.linkText')}</p>
          <p className="mono" data-testid="one-time-link">
            {handed.link}
          </p>
          <div>
            <CopyButton text={handed.link} />
          </div>
        </div>
      )}
    </Modal>
  );
}
