import { useQuery } from '@tanstack/react-query';
import { api } from '../api/http.ts';
import type { Session } from '../api/types.ts';

export const sessionQuery = {
  queryKey: ['session'],
  queryFn: () => api.get<Session>('/v1/session'),
  staleTime: 60_000,
} as const;

/** Who is signed in. Only for pages behind the door, which do not show before it is known. */
export function useSession(): Session {
  const { data } = useQuery(sessionQuery);
  if (data === undefined) throw new Error('this page is for those who signed in');
  return data;
}
