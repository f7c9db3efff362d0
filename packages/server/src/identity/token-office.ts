/**
 * Makes tokens, each with its entry in the operator's log. A token reads without a grant, so nobody makes one for reading
 * personal data alone: what somebody made is dead until somebody else, an owner or security, has confirmed it.
 */
import { changeRider } from '../journal/change.ts';
import type { Actor } from '../journal/entry.ts';
import type { Rider } from '../journal/flush.ts';
import type { Journal } from '../journal/journal.ts';
import type { Clock } from '../platform/clock/clock.ts';
import type { Queryable } from '../platform/database/database.ts';
import { Problem } from '../platform/http/problem.ts';
import type { AccountId, CustomerId, TokenId } from '../platform/ids/ids.ts';
import { actorOfSession, type SessionCaller } from './caller.ts';
import type { Tell } from './tell.ts';
import { isReleasing, type NewToken, needsConfirmation, type TokenInfo, type Tokens } from './tokens.ts';

export interface TokenOfficeOptions {
  readonly tokens: Tokens;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly operator: () => Promise<CustomerId>;
  readonly tell: Tell;
  /** Whoever should know that somebody can read personal data from now on. */
  readonly watchers: (token: NewToken) => Promise<readonly AccountId[]>;
  /** Whoever may confirm. */
  readonly confirmers: () => Promise<readonly AccountId[]>;
}

export interface TokenOffice {
  /** Makes a token together with its entry in the operator's log. */
  issue(token: NewToken, by: Actor): Promise<{ readonly id: TokenId; readonly text: string }>;
  /** @throws Problem `self_forbidden`, `not_found` where none waits. */
  confirm(id: TokenId, by: SessionCaller): Promise<TokenInfo>;
}

interface Issue {
  readonly token: NewToken;
  /** Who is told, where it can read personal data. */
  readonly told: readonly AccountId[];
  result: { readonly id: TokenId; readonly text: string } | undefined;
}

export function createTokenOffice(options: TokenOfficeOptions): TokenOffice {
  const { tokens, journal, clock, operator, tell, watchers, confirmers } = options;
  const rider: Rider<Issue> = {
    name: 'token',
    async apply(connection, issues) {
      for (const issue of issues) {
        issue.result = await tokens.create(connection, issue.token);
        await announce(connection, issue);
      }
      return issues.map(() => true);
    },
  };

  async function announce(connection: Queryable, { token, told }: Pick<Issue, 'token' | 'told'>, confirmed = false) {
    if (told.length === 0) return;
    const refs = { what: token.actions.filter(isReleasing).join(' '), at: token.expiresAt.toISOString() };
    const template = needsConfirmation(token) && !confirmed ? 'token_waits' : 'token_made';
    await tell(connection, [{ template, accounts: told, refs }]);
  }

  async function toldOf(token: NewToken): Promise<readonly AccountId[]> {
    if (!needsConfirmation(token)) return watchers(token);
    return (await confirmers()).filter((account) => account !== token.madeBy);
  }

  return {
    async issue(token, by) {
      const payload: Issue = { token, told: await toldOf(token), result: undefined };
      await journal.append({
        customer: await operator(),
        log: 'operator',
        entry: {
          kind: 'token.create',
          at: clock.now(),
          actor: by,
          outcome: needsConfirmation(token) ? 'ordered' : 'done',
          refs: {
            name: token.name,
            expires: token.expiresAt.toISOString(),
            customer: token.customer ?? 'all',
            actions: token.actions.join(' '),
          },
        },
        rider: { rider, payload },
      });
      if (payload.result === undefined) throw new Error('the token was not made');
      return payload.result;
    },
    async confirm(id, by) {
      const token = await tokens.find(id);
      if (token === undefined) throw new Problem('not_found');
      if (token.madeBy === by.account) throw new Problem('self_forbidden');
      const told = await watchers(token);
      let confirmed: TokenInfo | undefined;
      await journal.append({
        customer: await operator(),
        log: 'operator',
        entry: {
          kind: 'token.confirm',
          at: clock.now(),
          actor: actorOfSession(by),
          outcome: 'done',
          refs: { token: id, actions: token.actions.join(' ') },
        },
        rider: {
          rider: changeRider,
          payload: async (connection: Queryable) => {
            confirmed = await tokens.confirm(connection, id, by.account);
            if (confirmed !== undefined) await announce(connection, { token, told }, true);
            return confirmed !== undefined;
          },
        },
      });
      if (confirmed === undefined) throw new Problem('not_found');
      return confirmed;
    },
  };
}
