import { Button, Checkbox, Modal, NativeSelect, NumberInput, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/http.ts';
import type { Customer, TokenInfo } from '../api/types.ts';
import { useAct } from '../hooks/useAct.ts';
import { Problem } from './Problem.tsx';

/** What a token can be allowed; the server refuses what it does not know. */
const actions = [
  'customers:create',
  'customers:read',
  'collections:read',
  'collections:write',
  'people:create',
  'people:read',
  'records:read',
  'records:write',
  'records:delete',
  'records:find',
  'files:read',
  'files:write',
  'files:delete',
  'import',
  'export',
  'journal:read',
  'erasures:read',
  'erasures:order',
  'erasures:confirm',
  'tokens:manage',
];

interface TokenDialogProps {
  readonly opened: boolean;
  readonly customers: readonly Customer[];
  readonly onClose: () => void;
  readonly onMade: (token: string, waits: boolean) => void;
}

export function TokenDialog({ opened, customers, onClose, onMade }: TokenDialogProps) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<string[]>([]);
  const make = useAct((body: object) => api.post<TokenInfo & { token: string }>('/v1/tokens', body));

  function submit(event: React.FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const customer = form.get('customer');
    const body = {
      name: form.get('name'),
      actions: chosen,
      expiresInDays: Number(form.get('days')),
      ...(customer !== '' && { customer }),
    };
    make.mutate(body, { onSuccess: ({ token, confirmedAt }) => onMade(token, confirmedAt === null) });
  }

  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t('services.new')}
      size="lg"
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <form className="stack" onSubmit={submit}>
        {make.isError && <Problem error={make.error} />}
        <TextInput
          name="name"
          label={t('services.name')}
          description={t('services.nameHint')}
          pattern="[a-z][a-z0-9\-]{0,39}"
          required
          data-autofocus
        />
        <NativeSelect
          name="customer"
          label={t('services.customer')}
          data={[
            { value: '', label: t('services.every') },
            ...customers.map(({ id, label }) => ({ value: id, label })),
          ]}
        />
        <Checkbox.Group label={t('services.actions')} value={chosen} onChange={setChosen}>
          <div className="row" style={{ marginTop: '0.4rem' }}>
            {actions.map((action) => (
              <Checkbox key={action} size="xs" value={action} label={<span className="mono">{action}</span>} />
            ))}
          </div>
        </Checkbox.Group>
        <NumberInput
          name="days"
          label={t('services.days')}
          defaultValue={365}
          min={1}
          max={730}
          style={{ maxWidth: '10rem' }}
        />
        <div className="row">
          <Button type="submit" loading={make.isPending} disabled={chosen.length === 0}>
            {t('services.new')}
          </Button>
          {chosen.length === 0 && <span className="soft">{t('services.pick')}</span>}
        </div>
      </form>
    </Modal>
  );
}
