import { Modal } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { absolute } from '../format.ts';
import { CopyButton } from './CopyButton.tsx';

/** What comes of an invitation or a reset: a link to hand over, on its way, or not to be had yet. */
export interface HandedLink {
  readonly link: string | null;
  readonly availableAt: string | null;
}

export function LinkDialog({
  handed,
  onClose,
}: {
  readonly handed: HandedLink | undefined;
  readonly onClose: () => void;
}) {
  const { t, i18n } = useTranslation();
  const waits = handed?.availableAt ?? null;
  return (
    <Modal
      opened={handed !== undefined}
      onClose={onClose}
      title={waits !== null ? t('team.waits') : handed?.link == null ? t('team.mailed') : t('team.linkTitle')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      {waits !== null && <p>{t('team.waitsText', { at: absolute(waits, i18n.language) })}</p>}
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
