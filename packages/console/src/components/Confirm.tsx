import { Button, Modal } from '@mantine/core';
import { useTranslation } from 'react-i18next';

/** Before something that cannot be taken back: what exactly goes. */
export function Confirm({
  opened,
  title,
  text,
  onCancel,
  onConfirm,
}: {
  readonly opened: boolean;
  readonly title: string;
  readonly text: string;
  readonly onCancel: () => void;
  readonly onConfirm: () => void;
}) {
  const { t } = useTranslation();
  return (
    <Modal opened={opened} onClose={onCancel} title={title} closeButtonProps={{ 'aria-label': t('common.close') }}>
      <div className="stack">
        <p>{text}</p>
        <div className="row">
          <Button color="red" onClick={onConfirm}>
            {title}
          </Button>
          <Button variant="default" onClick={onCancel} data-autofocus>
            {t('common.cancel')}
          </Button>
        </div>
      </div>
    </Modal>
  );
}
