import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/http.ts';
import { makePasskey } from '../api/passkeys.ts';
import type { Challenge, PasskeyInfo } from '../api/types.ts';
import { useAct } from '../hooks/useAct.ts';
import { DataTable } from './DataTable.tsx';
import { Problem } from './Problem.tsx';
import { SureButton } from './SureButton.tsx';
import { Time } from './Time.tsx';

export function OwnPasskeys({ passkeys }: { readonly passkeys: readonly PasskeyInfo[] }) {
  const { t } = useTranslation();
  const [label, setLabel] = useState('');
  const add = useAct(async () => {
    const challenge = await api.post<Challenge>('/v1/account/passkeys/options');
    await api.post('/v1/account/passkeys', { ...(await makePasskey(challenge)), label });
  });
  const remove = useAct((id: string) => api.delete(`/v1/account/passkeys/${id}`));
  const failed = add.error ?? remove.error;
  return (
    <section className="stack" aria-labelledby="passkeys">
      <h2 id="passkeys">{t('account.passkeys')}</h2>
      {failed && <Problem error={failed} />}
      {passkeys.length === 0 ? (
        <p className="soft prose">{t('account.noPasskeys')}</p>
      ) : (
        <DataTable
          label={t('account.passkeys')}
          rows={passkeys}
          rowKey={({ id }) => id}
          columns={[
            { key: 'label', title: t('account.label'), cell: ({ label: own }) => own || t('join.passkeyTitle') },
            {
              key: 'provider',
              title: t('account.provider'),
              cell: ({ provider, backedUp }) => (
                <>
                  {provider ?? t('common.unknown')}
                  {backedUp && <span className="soft">, {t('account.synced')}</span>}
                </>
              ),
            },
            { key: 'created', title: t('account.created'), cell: ({ createdAt }) => <Time at={createdAt} /> },
            {
              key: 'used',
              title: t('account.used'),
              cell: ({ lastUsedAt }) =>
                lastUsedAt === null ? t('common.never') : <Time at={lastUsedAt} as="relative" />,
            },
            {
              key: 'act',
              title: t('team.act'),
              end: true,
              cell: ({ id, label: own }) => (
                <SureButton
                  size="compact-sm"
                  label={t('account.remove')}
                  of={own || t('join.passkeyTitle')}
                  text={t('account.removePasskeyText')}
                  onSure={() => remove.mutate(id)}
                />
              ),
            },
          ]}
        />
      )}
      <form
        className="row"
        style={{ alignItems: 'flex-end' }}
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate();
        }}
      >
        <TextInput
          label={t('account.label')}
          description={t('account.labelHint')}
          maxLength={60}
          value={label}
          onChange={(event) => setLabel(event.currentTarget.value)}
        />
        <Button type="submit" variant="default" loading={add.isPending}>
          {t('account.addPasskey')}
        </Button>
      </form>
    </section>
  );
}
