import { useTranslation } from 'react-i18next';
import { api } from '../api/http.ts';
import type { Erasure } from '../api/types.ts';
import { useAct } from '../hooks/useAct.ts';
import { DataTable } from './DataTable.tsx';
import { Problem } from './Problem.tsx';
import { State, type StateKind } from './State.tsx';
import { SureButton } from './SureButton.tsx';
import { Time } from './Time.tsx';

const kinds: Readonly<Record<Erasure['state'], StateKind>> = {
  held: 'waiting',
  ordered: 'waiting',
  withdrawn: 'unknown',
  executed: 'waiting',
  final: 'holds',
};

interface ErasureTableProps {
  readonly base: string;
  readonly erasures: readonly Erasure[];
  readonly mayOrder: boolean;
}

export function ErasureTable({ base, erasures, mayOrder }: ErasureTableProps) {
  const { t, i18n } = useTranslation();
  const withdraw = useAct((order: string) => api.post(`${base}/erasures/${order}/withdrawal`, {}));
  return (
    <>
      {withdraw.isError && <Problem error={withdraw.error} />}
      <DataTable
        label={t('erasures.title')}
        rows={erasures}
        rowKey={({ order }) => order}
        columns={[
          {
            key: 'state',
            title: t('erasures.state'),
            cell: ({ state }) => <State kind={kinds[state]}>{t(`erasures.states.${state}`)}</State>,
            sort: ({ state }) => state,
          },
          {
            key: 'scope',
            title: t('erasures.what'),
            cell: ({ scope, person, collection }) => (
              <>
                {t(`erasures.scopes.${scope}`)}
                {collection !== null && <> {collection}</>}
                {person !== null && <div className="mono soft">{person.slice(0, 8)}…</div>}
              </>
            ),
          },
          {
            key: 'ordered',
            title: t('erasures.ordered'),
            cell: ({ orderedAt }) => <Time at={orderedAt} />,
            sort: ({ orderedAt }) => orderedAt,
          },
          {
            key: 'keysDead',
            title: t('erasures.keysDead'),
            cell: ({ keysDeadAt }) => (keysDeadAt === null ? '' : <Time at={keysDeadAt} />),
          },
          {
            key: 'final',
            title: t('erasures.final'),
            cell: ({ finalAt, dueAt, state, heldUntil }) =>
              finalAt !== null ? (
                <Time at={finalAt} />
              ) : state === 'withdrawn' ? (
                ''
              ) : state === 'held' && heldUntil !== null ? (
                <span className="soft">
                  {t('erasures.heldUntil')} <Time at={heldUntil} />
                </span>
              ) : (
                <span className="soft">
                  {t('erasures.due')} <Time at={dueAt} />
                </span>
              ),
          },
          ...(erasures.some(({ followAskedAt }) => followAskedAt !== null)
            ? [
                {
                  key: 'product',
                  title: t('erasures.product'),
                  cell: ({ followAskedAt, followedAt }: Erasure) =>
                    followAskedAt === null ? (
                      ''
                    ) : (
                      <State kind={followedAt === null ? 'waiting' : 'holds'}>
                        {t(followedAt === null ? 'erasures.notFollowed' : 'erasures.followed')}
                      </State>
                    ),
                },
              ]
            : []),
          {
            key: 'act',
            title: t('erasures.act'),
            end: true,
            cell: ({ order, state, coolingUntil }) => (
              <>
                {state === 'final' && (
                  <>
                    <a
                      href={`${base}/erasures/${order}/receipt.html?language=${i18n.language}`}
                      target="_blank"
                      rel="noreferrer"
                      aria-label={`${t('erasures.receipt')}: ${order}`}
                    >
                      {t('erasures.receipt')}
                    </a>
                    <div>
                      <a
                        className="soft"
                        href={`${base}/erasures/${order}/receipt`}
                        download={`obhut-${order}.tlog-proof`}
                        aria-label={`${t('erasures.receiptFile')}: ${order}`}
                      >
                        {t('erasures.receiptFile')}
                      </a>
                    </div>
                  </>
                )}
                {(state === 'ordered' || state === 'held') && mayOrder && (
                  <>
                    <SureButton
                      size="compact-sm"
                      label={t('erasures.withdraw')}
                      of={order}
                      text={t('erasures.withdrawText')}
                      loading={withdraw.isPending && withdraw.variables === order}
                      onSure={() => withdraw.mutate(order)}
                    />
                    {state === 'ordered' && (
                      <div className="soft">
                        {t('erasures.until')} <Time at={coolingUntil} />
                      </div>
                    )}
                  </>
                )}
              </>
            ),
          },
        ]}
      />
    </>
  );
}
