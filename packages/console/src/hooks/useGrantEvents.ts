import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { GrantState } from '../api/types.ts';

export interface GrantEvent {
  readonly id: string;
  readonly state: GrantState;
}

type Listener = (event: GrantEvent) => void;
const listeners = new Set<Listener>();

/** Listens to the server for as long as somebody is inside; lists that speak of grants are read again. */
export function useGrantEvents(): void {
  const client = useQueryClient();
  useEffect(() => {
    const source = new EventSource('/v1/grants/events');
    source.addEventListener('grant', (message: MessageEvent<string>) => {
      const event = JSON.parse(message.data) as GrantEvent;
      for (const listener of listeners) listener(event);
      for (const queryKey of [['grants'], ['grant', event.id], ['overview'], ['accesses']])
        void client.invalidateQueries({ queryKey });
    });
    return () => source.close();
  }, [client]);
}

/** Told of each change of one grant. */
export function onGrant(id: string, tell: (state: GrantState) => void): () => void {
  const listener: Listener = (event) => {
    if (event.id === id) tell(event.state);
  };
  listeners.add(listener);
  return () => listeners.delete(listener);
}
