/** The steps of a grant in the customer's log: each with the change that it stands for, in one commit. */
import { type Change, changeRider } from '../journal/change.ts';
import type { Actor, Entry } from '../journal/entry.ts';
import type { Journal } from '../journal/journal.ts';
import type { Clock } from '../platform/clock/clock.ts';
import { Problem } from '../platform/http/problem.ts';
import type { GrantId } from '../platform/ids/ids.ts';
import type { Grant } from './grant.ts';
import type { GrantWords } from './grant-words.ts';

export interface GrantLog {
  /** @throws Problem `grant_closed` when the change does not hold any more: then there is no entry either. */
  record(
    kind: Entry['kind'],
    actor: Actor,
    grant: Grant,
    change: Change,
    refs?: Readonly<Record<string, string | number>>,
    more?: { readonly outcome?: Entry['outcome']; readonly note?: string | undefined },
  ): Promise<void>;
  /** Told of each step, in this process. */
  onChange(listener: (grant: GrantId) => void): () => void;
}

export function createGrantLog({
  journal,
  words,
  clock,
}: {
  readonly journal: Journal;
  readonly words: GrantWords;
  readonly clock: Clock;
}): GrantLog {
  const listeners = new Set<(grant: GrantId) => void>();
  return {
    async record(kind, actor, grant, change, refs = {}, { outcome = 'done', note } = {}) {
      const entry: Entry = {
        kind,
        at: clock.now(),
        actor,
        purpose: grant.purpose,
        grant: grant.id,
        outcome,
        client: 'console',
        refs: {
          policies: grant.policyHash,
          request: grant.requestHash.toString('base64'),
          collections: grant.scope.collections.map(({ collection }) => collection).join(' '),
          persons: grant.scope.persons?.length ?? -1,
          minutes: grant.minutes,
          ...refs,
        },
      };
      const appended = await journal.append({
        customer: grant.customer,
        log: 'access',
        ...(note === undefined ? { entry } : await words.withNote(grant.customer, entry, note)),
        rider: { rider: changeRider, payload: change },
      });
      if (appended.state === 'no-log') throw new Problem('not_found');
      // Somebody else was faster, or its time ran out meanwhile.
      if (appended.state !== 'appended') throw new Problem('grant_closed');
      for (const listener of listeners) listener(grant.id);
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
