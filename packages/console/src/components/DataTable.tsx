import { useState } from 'react';

export interface Column<Row> {
  readonly key: string;
  readonly title: string;
  readonly cell: (row: Row) => React.ReactNode;
  /** What it is sorted by; without it the column is not. */
  readonly sort?: (row: Row) => string | number;
  readonly end?: boolean;
}

/** A table that sorts by its heads, and on a phone becomes a list. */
export function DataTable<Row>({
  label,
  columns,
  rows,
  rowKey,
}: {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
}) {
  const [order, setOrder] = useState<{ readonly key: string; readonly down: boolean }>();
  const by = columns.find(({ key }) => key === order?.key)?.sort;
  const sorted =
    by === undefined
      ? rows
      : [...rows].sort((a, b) => {
          const [one, two] = [by(a), by(b)];
          const sign = one < two ? -1 : one > two ? 1 : 0;
          return order?.down === true ? -sign : sign;
        });
  return (
    <table className="table" aria-label={label}>
      <thead>
        <tr>
          {columns.map(({ key, title, sort, end }) => (
            <th
              key={key}
              scope="col"
              className={end ? 'end' : undefined}
              aria-sort={order?.key === key ? (order.down ? 'descending' : 'ascending') : undefined}
            >
              {sort === undefined ? (
                title
              ) : (
                <button type="button" onClick={() => setOrder({ key, down: order?.key === key ? !order.down : false })}>
                  {title}
                  <span aria-hidden="true">{order?.key === key ? (order.down ? ' ↓' : ' ↑') : ''}</span>
                </button>
              )}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {sorted.map((row) => (
          <tr key={rowKey(row)}>
            {columns.map(({ key, title, cell, end }) => (
              <td key={key} data-label={title} className={end ? 'end' : undefined}>
                <div>{cell(row)}</div>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
