/** Who keeps a view open is told at once when a grant ends: from this process directly, from others within half a second. */

import type { Clock } from '../platform/clock/clock.ts';
import type { GrantId } from '../platform/ids/ids.ts';
import { type Grant, type GrantState, openStates, stateNow } from './grant.ts';
import type { GrantStore } from './grant-store.ts';
import type { Grants } from './grants.ts';

const everyMs = 400;
const isOpen = (state: GrantState) => openStates.includes(state);

export interface GrantEvents {
  /**
   * Calls back with each grant whose state is another than when it was last told, or that was used; first with those that
   * are there.
   */
  watch(visible: (grant: Grant) => boolean, tell: (grant: Grant, state: GrantState) => void): () => void;
  /** A grant was used on this server: who watches it is told within half a second, however often it is used. */
  used(id: GrantId): void;
  close(): void;
}

interface Watcher {
  readonly visible: (grant: Grant) => boolean;
  readonly tell: (grant: Grant, state: GrantState) => void;
  readonly known: Map<GrantId, GrantState>;
}

export function createGrantEvents(store: GrantStore, grants: Grants, clock: Clock): GrantEvents {
  const watchers = new Set<Watcher>();
  const used = new Set<GrantId>();
  let looking = false;

  /** One query for all who watch: what is open, and what somebody still believes to be. */
  async function look(): Promise<void> {
    if (looking) return;
    const busy = new Set(used);
    used.clear();
    if (watchers.size === 0) return;
    looking = true;
    try {
      const open = await store.list({ states: openStates, limit: 1_000 });
      const known = new Set(
        [...watchers].flatMap(({ known: all }) => [...all].flatMap(([id, state]) => (isOpen(state) ? [id] : []))),
      );
      for (const { id } of open) known.delete(id);
      const closed = known.size === 0 ? [] : [...(await store.states([...known])).values()];
      for (const watcher of watchers)
        for (const grant of [...open, ...closed]) notice(watcher, grant, busy.has(grant.id));
    } catch {
      // The database is away: views get nothing either.
    } finally {
      looking = false;
    }
  }

  function notice(watcher: Watcher, grant: Grant, isNews = false): void {
    const state = stateNow(grant, clock.now());
    // First: what nobody need be told is not decided on either, two times a second and for each who watches.
    if (watcher.known.get(grant.id) === state && !isNews) return;
    watcher.known.set(grant.id, state);
    if (watcher.visible(grant)) watcher.tell(grant, state);
  }

  const timer = setInterval(() => void look(), everyMs);
  timer.unref();
  const stop = grants.onChange((id) => {
    store
      .states([id])
      .then((found) => {
        for (const grant of found.values()) for (const watcher of watchers) notice(watcher, grant);
      })
      .catch(() => undefined);
  });

  return {
    watch(visible, tell) {
      const watcher: Watcher = { visible, tell, known: new Map() };
      watchers.add(watcher);
      void look();
      return () => watchers.delete(watcher);
    },
    used: (id) => void used.add(id),
    close() {
      stop();
      clearInterval(timer);
      watchers.clear();
    },
  };
}
