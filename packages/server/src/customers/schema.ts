import type { RoomSchema } from '../platform/database/tables.ts';

export const customersSchema: RoomSchema = {
  room: 'customers',
  tables: [
    {
      name: 'customers.customer',
      class: 'distributed',
      columns: { customer_id: 'plain', label: 'plain', kind: 'plain', created_at: 'plain' },
      sweep: 'by-customer',
    },
    {
      name: 'customers.label',
      class: 'reference',
      columns: { label: 'plain', customer_id: 'plain' },
      sweep: 'by-customer',
    },
  ],
  migrations: [
    {
      id: '001-customers',
      sql: `
        create schema customers;
        create table customers.customer (
          customer_id uuid primary key,
          label text not null check (label ~ '^[a-z0-9][a-z0-9-]{0,59}$'),
          kind text not null check (kind in ('operator', 'customer')),
          created_at timestamptz not null
        );
        -- A label is unique over all customers, which only a reference table can promise on Citus.
        create table customers.label (
          label text primary key,
          customer_id uuid not null
        );
      `,
    },
  ],
};
