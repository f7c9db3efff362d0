import { useMutation, useQueryClient } from '@tanstack/react-query';

/**
 * Something that changes the server's state: afterwards everything shown is read again. Not what says `once` of itself: its
 * reading is an entry in a log, or makes something new.
 */
export function useAct<Input = void, Output = unknown>(work: (input: Input) => Promise<Output>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: work,
    onSettled: () => client.invalidateQueries({ predicate: ({ meta }) => meta?.once !== true }),
  });
}
