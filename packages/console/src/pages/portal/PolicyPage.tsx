import { Radio } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/http.ts';
import type { AccessMode } from '../../api/types.ts';
import { Load } from '../../components/Load.tsx';
import { Page } from '../../components/Page.tsx';
import { Problem } from '../../components/Problem.tsx';
import { useAct } from '../../hooks/useAct.ts';
import { useSession } from '../../hooks/useSession.ts';

const modes = ['ask_first', 'support_preapproved', 'log_only'] as const;

interface Policy {
  readonly mode: AccessMode;
  readonly answerWithinHours: number;
}

export function PolicyPage() {
  const { t } = useTranslation();
  const { customer } = useSession();
  const path = `/v1/customers/${customer?.id}/access-policy`;
  const policy = useQuery({ queryKey: ['access-policy'], queryFn: () => api.get<Policy>(path) });
  const set = useAct((mode: AccessMode) => api.put(path, { mode }));
  return (
    <Page title={t('portal.policyTitle')}>
      {set.isError && <Problem error={set.error} />}
      <Load query={policy}>
        {({ mode, answerWithinHours }) => (
          <Radio.Group
            aria-label={t('portal.policyTitle')}
            value={set.isPending ? set.variables : mode}
            onChange={(value) => set.mutate(value as AccessMode)}
            description={t('portal.policyHint', { hours: answerWithinHours })}
          >
            <div className="stack" style={{ marginTop: '1rem' }}>
              {modes.map((one) => (
                <Radio key={one} value={one} label={t(`portal.${one}`)} description={t(`portal.${one}Text`)} />
              ))}
            </div>
          </Radio.Group>
        )}
      </Load>
      <p role="status" className="soft">
        {set.isSuccess && t('portal.policySaved')}
      </p>
    </Page>
  );
}
