import { useTranslation } from 'react-i18next';
import type { Collection } from '../api/types.ts';
import { DataTable } from './DataTable.tsx';

/** What there is of each person: collections, their fields and how each is protected. */
export function CollectionList({ collections }: { readonly collections: readonly Collection[] }) {
  const { t } = useTranslation();
  return (
    <div className="stack">
      {collections.map(({ name, definition }) => (
        <details key={name} className="panel">
          <summary>
            <strong className="mono">{name}</strong>{' '}
            <span className="soft">
              · {Object.keys(definition.fields).length} {t('customers.fields')}
            </span>
          </summary>
          <DataTable
            label={name}
            rows={Object.entries(definition.fields)}
            rowKey={([field]) => field}
            columns={[
              {
                key: 'field',
                title: t('viewer.field'),
                sort: ([field]) => field,
                cell: ([field]) => <span className="mono">{field}</span>,
              },
              {
                key: 'class',
                title: t('customers.class'),
                sort: ([, one]) => one.class,
                cell: ([, one]) => t(`customers.${one.class}`),
              },
              {
                key: 'mask',
                title: t('customers.mask'),
                cell: ([, one]) => <span className="mono">{one.mask ?? '••••'}</span>,
              },
              {
                key: 'lookup',
                title: t('customers.lookup'),
                cell: ([, one]) => (one.lookup ? t('common.yes') : t('common.no')),
              },
            ]}
          />
        </details>
      ))}
    </div>
  );
}
