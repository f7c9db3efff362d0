import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/http.ts';
import type { ErasureRequest } from '../api/types.ts';
import { day } from '../format.ts';
import { useAct } from '../hooks/useAct.ts';
import { useNow } from '../hooks/useNow.ts';
import { DataTable } from './DataTable.tsx';
import { Empty } from './Empty.tsx';
import { Load } from './Load.tsx';
import { Problem } from './Problem.tsx';
import { ExtendRequestDialog, NoteRequestDialog, RefuseRequestDialog } from './RequestDialogs.tsx';
import { State, type StateKind } from './State.tsx';
import { SureButton } from './SureButton.tsx';
import { Time } from './Time.tsx';

interface RequestSectionProps {
  readonly base: string;
  readonly mayOrder: boolean;
}

/** Who asked to be erased, until when they have to be answered, and what came of it. */
export function RequestSection({ base, mayOrder }: RequestSectionProps) {
  const { t, i18n } = useTranslation();
  const [dialog, setDialog] = useState<{ readonly kind: 'note' | 'refuse' | 'extend'; readonly of: string }>();
  const now = useNow(30_000);
  const path = `${base}/erasure-requests`;
  const list = useQuery({
    queryKey: ['erasure-requests', base],
    queryFn: () => api.get<{ requests: ErasureRequest[] }>(path),
  });
  const order = useAct((id: string) => api.post(`${path}/${id}/order`, {}));
  const answer = useAct((id: string) => api.post(`${path}/${id}/answer`, { outcome: 'erased' }));

  const stateOf = ({ outcome, order: placed, dueAt }: ErasureRequest): readonly [StateKind, string] => {
    if (outcome === 'erased') return ['holds', t('requests.erased')];
    if (outcome === 'refused') return ['unknown', t('requests.refused')];
    if (Date.parse(dueAt) <= now) return ['fails', t('requests.overdue')];
    return ['waiting', placed === null ? t('requests.open') : t('requests.ordered')];
  };

  const acts = ({ request, order: placed, extension, answeredAt }: ErasureRequest) =>
    mayOrder &&
    answeredAt === null && (
      <div className="row acts">
        {placed === null ? (
          <SureButton
            size="compact-sm"
            label={t('requests.order')}
            of={request}
            text={t('requests.orderText')}
            loading={order.isPending && order.variables === request}
            onSure={() => order.mutate(request)}
          />
        ) : (
          <SureButton
            size="compact-sm"
            label={t('requests.answerErased')}
            of={request}
            text={t('requests.answerErasedText')}
            loading={answer.isPending && answer.variables === request}
            onSure={() => answer.mutate(request)}
          />
        )}
        {(placed === null ? (['refuse', 'extend'] as const) : (['extend'] as const)).map(
          (kind) =>
            (kind === 'refuse' || extension === null) && (
              <Button
                key={kind}
                size="compact-sm"
                variant="default"
                aria-label={`${t(`requests.${kind}`)}: ${request}`}
                onClick={() => setDialog({ kind, of: request })}
              >
                {t(`requests.${kind}`)}
              </Button>
            ),
        )}
      </div>
    );

  const close = () => setDialog(undefined);
  const of = `${path}/${dialog?.of ?? ''}`;
  return (
    <section className="stack" aria-labelledby="requests">
      <div className="row between">
        <div>
          <h2 id="requests">{t('requests.title')}</h2>
          <p className="soft prose">{t('requests.lead')}</p>
        </div>
        {mayOrder && (
          <Button variant="default" onClick={() => setDialog({ kind: 'note', of: '' })}>
            {t('requests.note')}
          </Button>
        )}
      </div>
      {order.isError && <Problem error={order.error} />}
      {answer.isError && <Problem error={answer.error} />}
      <Load query={list}>
        {({ requests }) =>
          requests.length === 0 ? (
            <Empty title={t('requests.emptyTitle')} text={t('requests.emptyText')} />
          ) : (
            <DataTable
              label={t('requests.title')}
              rows={requests}
              rowKey={({ request }) => request}
              columns={[
                {
                  key: 'state',
                  title: t('requests.state'),
                  cell: (request) => {
                    const [kind, word] = stateOf(request);
                    return (
                      <>
                        <State kind={kind}>{word}</State>
                        {request.ground !== null && (
                          <div className="soft">{t(`requests.grounds.${request.ground}`)}</div>
                        )}
                      </>
                    );
                  },
                },
                {
                  key: 'person',
                  title: t('requests.person'),
                  cell: ({ person }) => <span className="mono">{person.slice(0, 8)}…</span>,
                },
                {
                  key: 'received',
                  title: t('requests.received'),
                  cell: ({ receivedAt }) => day(receivedAt, i18n.language),
                  sort: ({ receivedAt }) => receivedAt,
                },
                {
                  key: 'due',
                  title: t('requests.due'),
                  cell: ({ dueAt, answeredAt, extension }) =>
                    answeredAt !== null ? (
                      day(answeredAt, i18n.language)
                    ) : (
                      <>
                        <Time at={dueAt} as="relative" />
                        {extension !== null && <div className="soft">{t('requests.extended')}</div>}
                      </>
                    ),
                  sort: ({ dueAt }) => dueAt,
                },
                { key: 'act', title: t('requests.act'), end: true, cell: acts },
              ]}
            />
          )
        }
      </Load>
      <NoteRequestDialog path={path} opened={dialog?.kind === 'note'} onClose={close} />
      <RefuseRequestDialog path={of} opened={dialog?.kind === 'refuse'} onClose={close} />
      <ExtendRequestDialog path={of} opened={dialog?.kind === 'extend'} onClose={close} />
    </section>
  );
}
