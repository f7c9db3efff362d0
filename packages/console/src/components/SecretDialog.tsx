import { Modal } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { CopyButton } from './CopyButton.tsx';

/** Something that is shown once. */
export function SecretDialog({
  title,
  secret,
  note,
  onClose,
}: {
  readonly title: string;
  readonly secret: string | undefined;
  /** What one must know before using it. */
  readonly note?: string | undefined;
  readonly onClose: () => void;
}) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={secret !== undefined}
      onClose={onClose}
      title={title}
      closeOnClickOutside={false}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      {secret !== undefined && (
        <div className="stack">
          <p className="mono">{secret}</p>
          {note !== undefined && <p>{note}</p>}
          <div>
            <CopyButton text={secret} />
          </div>
        </div>
      )}
    </Modal>
  );
}
