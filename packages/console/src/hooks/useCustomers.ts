import { useQuery } from '@tanstack/react-query';
import { api } from '../api/http.ts';
import type { Customer } from '../api/types.ts';

interface Listing {
  readonly customers: readonly Customer[];
  readonly next: string | null;
}

async function all(): Promise<readonly Customer[]> {
  const customers: Customer[] = [];
  for (let next: string | null = ''; next !== null; ) {
    const page: Listing = await api.get<Listing>(`/v1/customers?limit=200${next === '' ? '' : `&after=${next}`}`);
    customers.push(...page.customers);
    next = page.next;
  }
  return customers;
}

/** Every customer, for choices: ids and labels alone. */
export const useCustomers = () => useQuery({ queryKey: ['customers', 'all'], queryFn: all, staleTime: 60_000 });
