import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { JournalEntry } from '../api/types.ts';
import { number } from '../format.ts';
import { DataTable } from './DataTable.tsx';
import { Time } from './Time.tsx';

interface EntryTableProps {
  readonly entries: readonly JournalEntry[];
  readonly onVerify: (index: number) => void;
}

/** Entries as they stand in the log: codes and ids, nothing personal. */
export function EntryTable({ entries, onVerify }: EntryTableProps) {
  const { t, i18n } = useTranslation();
  return (
    <DataTable
      label={t('journal.title')}
      rows={entries}
      rowKey={({ index }) => String(index)}
      columns={[
        { key: 'index', title: t('journal.index'), cell: ({ index }) => number(index, i18n.language) },
        { key: 'when', title: t('journal.when'), cell: ({ entry }) => <Time at={entry.at} /> },
        {
          key: 'what',
          title: t('journal.what'),
          cell: ({ entry }) => (
            <details>
              <summary>
                <span className="mono">{entry.kind}</span>
                {entry.scope?.collection !== undefined && <span className="soft mono"> {entry.scope.collection}</span>}
              </summary>
              <pre className="entry mono">{JSON.stringify(entry, null, 2)}</pre>
            </details>
          ),
        },
        {
          key: 'who',
          title: t('journal.who'),
          cell: ({ entry: { actor } }) => (
            <>
              {actor.role ?? actor.kind}
              <br />
              <span className="soft mono">{actor.id.slice(0, 8)}</span>
            </>
          ),
        },
        {
          key: 'verify',
          title: t('accesses.proof'),
          end: true,
          cell: ({ index }) => (
            <Button size="compact-sm" variant="default" onClick={() => onVerify(index)}>
              {t('journal.verify')}
            </Button>
          ),
        },
      ]}
    />
  );
}
