import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/http.ts';
import type { Hold } from '../api/types.ts';
import { useAct } from '../hooks/useAct.ts';
import { useNow } from '../hooks/useNow.ts';
import { DataTable } from './DataTable.tsx';
import { Empty } from './Empty.tsx';
import { HoldDialog } from './HoldDialog.tsx';
import { Load } from './Load.tsx';
import { Problem } from './Problem.tsx';
import { State } from './State.tsx';
import { SureButton } from './SureButton.tsx';
import { Time } from './Time.tsx';

interface HoldSectionProps {
  readonly base: string;
  readonly mayOrder: boolean;
}

/** What must not be erased before a day, and why. */
export function HoldSection({ base, mayOrder }: HoldSectionProps) {
  const { t } = useTranslation();
  const [placing, setPlacing] = useState(false);
  const now = useNow(30_000);
  const list = useQuery({ queryKey: ['holds', base], queryFn: () => api.get<{ holds: Hold[] }>(`${base}/holds`) });
  const end = useAct((hold: string) => api.post(`${base}/holds/${hold}/end`, {}));
  const isOver = ({ until, liftedAt }: Hold) => liftedAt !== null || Date.parse(until) <= now;
  return (
    <section className="stack" aria-labelledby="holds">
      <div className="row between">
        <div>
          <h2 id="holds">{t('holds.title')}</h2>
          <p className="soft prose">{t('holds.lead')}</p>
        </div>
        {mayOrder && (
          <Button variant="default" onClick={() => setPlacing(true)}>
            {t('holds.place')}
          </Button>
        )}
      </div>
      {end.isError && <Problem error={end.error} />}
      <Load query={list}>
        {({ holds }) =>
          holds.length === 0 ? (
            <Empty title={t('holds.emptyTitle')} text={t('holds.emptyText')} />
          ) : (
            <DataTable
              label={t('holds.title')}
              rows={holds}
              rowKey={({ hold }) => hold}
              columns={[
                {
                  key: 'state',
                  title: t('holds.state'),
                  cell: (hold) => (
                    <State kind={isOver(hold) ? 'unknown' : 'holds'}>
                      {t(hold.liftedAt !== null ? 'holds.ended' : isOver(hold) ? 'holds.over' : 'holds.active')}
                    </State>
                  ),
                },
                {
                  key: 'what',
                  title: t('holds.what'),
                  cell: ({ person, collection, record }) => (
                    <>
                      {record !== null
                        ? t('holds.record')
                        : person === null
                          ? t('holds.collection')
                          : t('holds.person')}
                      {collection !== null && <span className="mono"> {collection}</span>}
                      {person !== null && <div className="mono soft">{(record ?? person).slice(0, 8)}…</div>}
                    </>
                  ),
                },
                {
                  key: 'until',
                  title: t('holds.until'),
                  cell: ({ until }) => <Time at={until} />,
                  sort: ({ until }) => until,
                },
                { key: 'reason', title: t('holds.reason'), cell: ({ reason }) => reason },
                {
                  key: 'act',
                  title: t('holds.act'),
                  end: true,
                  cell: (hold) =>
                    mayOrder &&
                    !isOver(hold) && (
                      <SureButton
                        size="compact-sm"
                        label={t('holds.end')}
                        of={hold.hold}
                        text={t('holds.endText')}
                        loading={end.isPending && end.variables === hold.hold}
                        onSure={() => end.mutate(hold.hold)}
                      />
                    ),
                },
              ]}
            />
          )
        }
      </Load>
      <HoldDialog base={base} opened={placing} onClose={() => setPlacing(false)} />
    </section>
  );
}
