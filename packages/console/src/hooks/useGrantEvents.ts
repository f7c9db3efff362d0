import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { GrantState } from '../api/types.ts';

export interface GrantEvent {
  readonly id: string;
  readonly state: GrantState;
}

type Listener = (event: GrantEvent) => void;
const listeners = new Set<Listener>();

/** A browser calls again by itself after a lost line, but not after a refusal (a restart, a proxy). */
const callAgainMs = 2_000;

/** Listens to the server for as long as somebody is inside; lists that speak of grants are read again. */
export function useGrantEvents(): void {
  const client = useQueryClient();
  useEffect(() => {
    let source: EventSource | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isLost = false;

    const read = (...keys: readonly (readonly string[])[]) => {
      for (const queryKey of keys) void client.invalidateQueries({ queryKey });
    };
    // What was said while nobody listened is not said again: a grant may have ended, or the session.
    const readAll = () => read(['session'], ['grants'], ['grant'], ['overview']);

    function listen() {
      source = new EventSource('/v1/grants/events');
      source.addEventListener('grant', (message: MessageEvent<string>) => {
        const event = JSON.parse(message.data) as GrantEvent;
        for (const listener of listeners) listener(event);
        read(['grants'], ['grant', event.id], ['overview'], ['accesses']);
      });
      source.addEventListener('open', () => {
        if (isLost) readAll();
        isLost = false;
      });
      source.addEventListener('error', () => {
        if (!isLost) readAll();
        isLost = true;
        if (source?.readyState === EventSource.CLOSED) timer = setTimeout(listen, callAgainMs);
      });
    }

    listen();
    return () => {
      clearTimeout(timer);
      source?.close();
    };
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
