import { Button, Modal, Radio, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/http.ts';
import type { ErasurePreview, ErasureWish } from '../api/types.ts';
import { useAct } from '../hooks/useAct.ts';
import { Facts } from './Facts.tsx';
import { Problem } from './Problem.tsx';

const scopes = ['person', 'collection', 'customer'] as const;

interface ErasureDialogProps {
  readonly base: string;
  readonly opened: boolean;
  readonly onClose: () => void;
}

/** Orders an erasure in two steps: first what exactly would go, then the order. */
export function ErasureDialog({ base, opened, onClose }: ErasureDialogProps) {
  const { t } = useTranslation();
  const [scope, setScope] = useState<(typeof scopes)[number]>('person');
  const look = useMutation({
    mutationFn: (wish: ErasureWish) => api.post<ErasurePreview>(`${base}/erasures/preview`, wish),
  });
  const order = useAct((wish: ErasureWish) => api.post(`${base}/erasures`, wish));
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
        {scope !== 'customer' && <TextInput name="person" label={t('erasures.personId')} required data-autofocus />}
        {scope === 'collection' && <TextInput name="collection" label={t('erasures.collection')} required />}
        {seen === undefined ? (
          <Button type="submit" loading={look.isPending}>
            {t('erasures.look')}
          </Button>
        ) : (
          look.data !== undefined && (
            <section className="stack" aria-label={t('erasures.goes')}>
              <h3>{t('erasures.goes')}</h3>
              <Facts
                of={[
                  [t('erasures.people'), look.data.people],
                  ...look.data.collections.map(({ collection, records }) => [collection, records] as const),
                  [t('erasures.files'), look.data.files],
                ]}
              />
              <p>{t('erasures.after', { count: look.data.coolingMinutes })}</p>
              <div className="row">
                <Button color="red" loading={order.isPending} onClick={() => order.mutate(seen, { onSuccess: close })}>
                  {t('erasures.orderNow')}
                </Button>
                <Button variant="default" onClick={close}>
                  {t('common.cancel')}
                </Button>
              </div>
            </section>
          )
        )}
      </form>
    </Modal>
  );
}
