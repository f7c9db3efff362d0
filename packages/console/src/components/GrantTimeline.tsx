import { useTranslation } from 'react-i18next';
import type { Grant } from '../api/types.ts';
import { Time } from './Time.tsx';

type Mark = 'done' | 'next' | 'todo' | 'stopped';

interface Step {
  readonly key: 'asked' | 'agreed' | 'approved' | 'starts' | 'ends';
  readonly mark: Mark;
  readonly at: string | null;
  readonly note?: string;
}

/** What has happened to a request, and what comes next. */
function stepsOf(grant: Grant, notNeeded: string): readonly Step[] {
  const closed = grant.state === 'denied' || grant.state === 'dead';
  const open = (done: boolean, next: boolean): Mark => (done ? 'done' : closed ? 'stopped' : next ? 'next' : 'todo');
  const started = grant.startsAt !== null;
  const skipsTeam = grant.emergency;
  const skipsCustomer = grant.emergency || (grant.consent !== null && grant.consent !== 'customer');
  const over = ['ended', 'expired'].includes(grant.state);
  return [
    { key: 'asked', mark: 'done', at: grant.requestedAt },
    {
      key: 'agreed',
      mark: open(grant.agreedAt !== null || skipsTeam, grant.state === 'requested'),
      at: grant.agreedAt,
      ...(skipsTeam && { note: notNeeded }),
    },
    {
      key: 'approved',
      mark: open(grant.approvedAt !== null || skipsCustomer, grant.state === 'agreed'),
      at: grant.approvedAt,
      ...(skipsCustomer && { note: notNeeded }),
    },
    { key: 'starts', mark: open(started, false), at: grant.startsAt },
    { key: 'ends', mark: over ? 'done' : started ? 'next' : open(false, false), at: grant.endedAt ?? grant.endsAt },
  ];
}

export function GrantTimeline({ grant }: { readonly grant: Grant }) {
  const { t } = useTranslation();
  return (
    <ol className="timeline">
      {stepsOf(grant, t('grants.detail.notNeeded')).map(({ key, mark, at, note }) => (
        <li key={key} className={mark === 'done' ? undefined : mark}>
          <b>{t(`grants.detail.${key}`)}</b>
          <span className="soft">{note ?? (at === null ? '' : <Time at={at} />)}</span>
        </li>
      ))}
    </ol>
  );
}
