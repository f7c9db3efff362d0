import { useQuery } from '@tanstack/react-query';
import { api } from '../api/http.ts';

/** The operator's own customer, whose logs hold what the team did. */
export function useOperator(wanted: boolean): string | undefined {
  const { data } = useQuery({
    queryKey: ['operator'],
    queryFn: () => api.get<{ customer: string }>('/v1/operator'),
    enabled: wanted,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return data?.customer;
}
