import { cloneElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { Need } from '../api/types.ts';
import { State, type StateKind } from './State.tsx';
import { Time } from './Time.tsx';

const urgent = new Set(['notice_overdue', 'claim_fails', 'leaks_silent', 'owner_recovery']);
const kinds = [
  'grant_agree',
  'grant_approve',
  'grant_active',
  'review_due',
  'notice_due',
  'notice_overdue',
  'claim_fails',
  'alarm_open',
  'token_waits',
  'role_expires',
  'account_locked',
  'owner_recovery',
  'leaks_silent',
  'mail_missing',
  'one_owner',
] as const;

function stateOf(kind: string): StateKind {
  if (urgent.has(kind)) return 'fails';
  return kind === 'mail_missing' || kind === 'one_owner' ? 'unknown' : 'waiting';
}

/** What needs somebody, the most urgent first, each with its deadline and the way there. */
export function NeedList({
  needs,
  target,
}: {
  readonly needs: readonly Need[];
  readonly target: (need: Need) => React.ReactElement | undefined;
}) {
  const { t } = useTranslation();
  return (
    <ul className="stack panel" style={{ listStyle: 'none', margin: 0, '--gap': '0.85rem' } as React.CSSProperties}>
      {needs.map((need) => {
        const kind = kinds.find((one) => one === need.kind);
        const link = target(need);
        return (
          <li key={`${need.kind}/${need.id}`} className="row between">
            <div className="stack" style={{ '--gap': '0.1rem' } as React.CSSProperties}>
              <span className="need">
                <State kind={stateOf(need.kind)}>
                  <span className="wrap">{kind === undefined ? need.kind : t(`overview.${kind}`)}</span>
                </State>
              </span>
              {need.dueAt !== null && (
                <span className="soft">
                  {t('overview.due', { time: '' })}
                  <Time at={need.dueAt} as="relative" />
                </span>
              )}
            </div>
            {link && cloneElement(link, {}, t('overview.open'))}
          </li>
        );
      })}
    </ul>
  );
}
