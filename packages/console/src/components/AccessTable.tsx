import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AccessRow } from '../api/types.ts';
import { countryName, day, duration } from '../format.ts';
import { AccessProofs } from './AccessProofs.tsx';
import { DataTable } from './DataTable.tsx';
import { State } from './State.tsx';
import { Time } from './Time.tsx';

/** The history of accesses, each row with a proof that this browser checks. */
export function AccessTable({ customer, rows }: { readonly customer: string; readonly rows: readonly AccessRow[] }) {
  const { t, i18n } = useTranslation();
  const [chosen, setChosen] = useState<AccessRow>();
  return (
    <>
      <DataTable
        label={t('accesses.title')}
        rows={rows}
        rowKey={({ grant, type }) => `${grant}/${type}`}
        columns={[
          {
            key: 'when',
            title: t('accesses.when'),
            sort: ({ at }) => at,
            cell: ({ at, durationSeconds }) => (
              <>
                <Time at={at} />
                <br />
                <span className="soft">
                  {t('accesses.duration', { text: duration(durationSeconds, i18n.language) })}
                </span>
              </>
            ),
          },
          {
            key: 'cause',
            title: t('accesses.cause'),
            sort: ({ cause }) => t(`purpose.${cause}`),
            cell: ({ cause }) => t(`purpose.${cause}`),
          },
          {
            key: 'who',
            title: t('accesses.who'),
            cell: ({ role, country }) => `${t(`role.${role}`)}, ${countryName(country, i18n.language)}`,
          },
          {
            key: 'scope',
            title: t('accesses.scope'),
            cell: ({ type, collections, fields, persons, records }) => (
              <>
                {t(`accesses.${type}`)}
                <br />
                <span className="soft">
                  <span className="mono">{collections.join(', ')}</span>
                  {type === 'api' && fields.length === 0 && `: ${t('accesses.wholeRecords')}`}
                  {type !== 'viewed' && fields.length > 0 && (
                    <>
                      : <span className="mono">{fields.join(', ')}</span>
                    </>
                  )}
                  <br />
                  {persons > 0 && `${t('accesses.persons', { count: persons })}, `}
                  {t('accesses.records', { count: records })}
                </span>
              </>
            ),
          },
          {
            key: 'consent',
            title: t('accesses.consent'),
            cell: ({ consent, retention }) => (
              <>
                {consent === null ? t('common.unknown') : t(`grants.detail.${consent}`)}
                <br />
                <span className="soft">
                  {t('accesses.keptUntil', { date: day(retention.journalUntil, i18n.language) })}{' '}
                  {t(`accesses.copies.${retention.copies}`)}
                </span>
              </>
            ),
          },
          {
            key: 'notice',
            title: t('accesses.notice'),
            cell: ({ noticeDueAt, noticeSentAt }) =>
              noticeSentAt !== null ? (
                <State kind="holds">
                  <Time at={noticeSentAt} />
                </State>
              ) : noticeDueAt === null ? (
                t('common.unknown')
              ) : (
                <State kind={noticeDueAt < new Date().toISOString() ? 'fails' : 'waiting'}>
                  <Time at={noticeDueAt} as="relative" />
                </State>
              ),
          },
          {
            key: 'proof',
            title: t('accesses.proof'),
            end: true,
            cell: (row) => (
              <>
                <Button size="compact-sm" variant="default" onClick={() => setChosen(row)}>
                  {t('accesses.verify')}
                </Button>
                <br />
                <small className="soft">{t('accesses.entries', { count: row.entryCount })}</small>
              </>
            ),
          },
        ]}
      />
      <AccessProofs customer={customer} row={chosen} onClose={() => setChosen(undefined)} />
    </>
  );
}
