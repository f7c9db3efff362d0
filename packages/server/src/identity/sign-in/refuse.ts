/** An attempt that comes to nothing is written down; the failure that locks an account is told to its person. */
import type { Actor } from '../../journal/entry.ts';
import type { Tell } from '../tell.ts';
import type { Entrant } from './entrant.ts';
import type { Attempt, Origin, SignInAct, SignInLog } from './sign-in-log.ts';

export interface Refusal {
  readonly act: SignInAct;
  /** `undefined`: nobody knows whose it was. */
  readonly account: Entrant | undefined;
  readonly actor?: Actor;
  readonly method: Attempt['method'];
  readonly origin: Origin;
  /** As the counter of failures said before the attempt was looked at. */
  readonly state: 'counted' | 'last' | 'locked';
}

export type Refuse = (refusal: Refusal) => Promise<void>;

export function createRefuse(log: SignInLog, tell: Tell): Refuse {
  return async ({ act, account, actor, method, origin, state }) => {
    const isLocked = account !== undefined && state !== 'counted';
    await log.record({
      act,
      account,
      ...(actor !== undefined && { actor }),
      outcome: isLocked ? 'locked' : 'failed',
      method,
      origin,
      newDevice: false,
      newPlace: false,
      async change(connection) {
        if (account !== undefined && state === 'last')
          await tell(connection, [{ template: 'account_locked', accounts: [account.id] }]);
        return true;
      },
    });
  };
}
