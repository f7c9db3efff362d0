import { Button, Modal, Radio, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/http.ts';
import type { ErasurePreview, ErasureWish } from '../api/types.ts';
import { useAct } from '../hooks/useAct.ts';
import { ErasurePreviewView } from './ErasurePreviewView.tsx';
import { Problem } from './Problem.tsx';

const scopes = ['person', 'collection', 'customer'] as const;

interface ErasureDialogProps {
  readonly base: string;
  /** The scope that is ordered here, where there is no choice. */
  readonly only?: (typeof scopes)[number];
  readonly opened: boolean;
  readonly onClose: () => void;
}

/** Orders an erasure in two steps: first what exactly would go, then the order. */
export function ErasureDialog({ base, only, opened, onClose }: ErasureDialogProps) {
  const { t } = useTranslation();
  const [scope, setScope] = useState<(typeof scopes)[number]>(only ?? 'person');
  const look = useMutation({
    mutationFn: (wish: ErasureWish) => api.post<ErasurePreview>(`${base}/erasures/preview`, wish),
  });
  const order = useAct((wish: ErasureWish) =>
    // A whole customer takes two admins, where there are two.
    look.data?.secondAdmin ? api.post(`${base}/erasure-proposals`, {}) : api.post(`${base}/erasures`, wish),
  );
  const seen = look.isSuccess ? look.variables : undefined;

  function close() {
    look.reset();
    order.reset();
    onClose();
  }

  return (
    <Modal
      opened={opened}
      onClose={close}
      title={t('erasures.order')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <form
        className="stack"
        onChange={() => look.reset()}
        onSubmit={(event) => {
          event.preventDefault();
          const form = new FormData(event.currentTarget);
          const person = String(form.get('person') ?? '').trim();
          const collection = String(form.get('collection') ?? '').trim();
          look.mutate({
            scope,
            ...(scope !== 'customer' && { person }),
            ...(scope === 'collection' && { collection }),
          });
        }}
      >
        {look.isError && <Problem error={look.error} />}
        {order.isError && <Problem error={order.error} />}
        {only === undefined && (
          <Radio.Group
            label={t('erasures.what')}
            value={scope}
            onChange={(value) => {
              look.reset();
              setScope(value as typeof scope);
            }}
          >
            <div className="stack" style={{ '--gap': '0.6rem', marginTop: '0.4rem' } as React.CSSProperties}>
              {scopes.map((one) => (
                <Radio key={one} value={one} label={t(`erasures.scopes.${one}`)} />
              ))}
            </div>
          </Radio.Group>
        )}
        {scope !== 'customer' && <TextInput name="person" label={t('erasures.personId')} required data-autofocus />}
        {scope === 'collection' && <TextInput name="collection" label={t('erasures.collection')} required />}
        {seen === undefined ? (
          <Button type="submit" loading={look.isPending}>
            {t('erasures.look')}
          </Button>
        ) : (
          look.data !== undefined && (
            <div className="stack">
              <ErasurePreviewView preview={look.data} whole={seen.scope === 'customer'} />
              <div className="row">
                <Button color="red" loading={order.isPending} onClick={() => order.mutate(seen, { onSuccess: close })}>
                  {look.data.secondAdmin ? t('erasures.propose') : t('erasures.orderNow')}
                </Button>
                <Button variant="default" onClick={close}>
                  {t('common.cancel')}
                </Button>
              </div>
            </div>
          )
        )}
      </form>
    </Modal>
  );
}
