import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Alarm } from '../api/types.ts';
import { Facts } from './Facts.tsx';
import { State, type StateKind } from './State.tsx';
import { Time } from './Time.tsx';

/** Its state first: open is red only where somebody must act now. */
function stateOf({ state, severity }: Alarm): StateKind {
  if (state === 'resolved') return 'holds';
  return state === 'open' && severity === 'critical' ? 'fails' : 'waiting';
}

export function AlarmCard({
  alarm,
  onAcknowledge,
}: {
  readonly alarm: Alarm;
  readonly onAcknowledge: (() => void) | undefined;
}) {
  const { t, i18n } = useTranslation();
  const { title, text } = alarm.text[i18n.language === 'de' ? 'de' : 'en'];
  return (
    <article className="panel stack" style={{ '--gap': '0.6rem' } as React.CSSProperties}>
      <div className="row between">
        <div className="stack" style={{ '--gap': '0.15rem' } as React.CSSProperties}>
          <State kind={stateOf(alarm)}>
            {t(`alarms.${alarm.state}`)} · {t(`alarms.${alarm.severity}`)}
          </State>
          <h3>{title}</h3>
        </div>
        {onAcknowledge && (
          <Button variant="default" aria-label={`${t('alarms.acknowledge')}: ${title}`} onClick={onAcknowledge}>
            {t('alarms.acknowledge')}
          </Button>
        )}
      </div>
      {alarm.state !== 'resolved' && <p className="prose">{text}</p>}
      <Facts
        of={[
          [t('alarms.opened'), <Time key="o" at={alarm.openedAt} />],
          [
            t('alarms.lastSeen'),
            alarm.state === 'resolved' ? undefined : <Time key="s" at={alarm.lastSeenAt} as="relative" />,
          ],
          [t('alarms.told'), t('alarms.times', { count: alarm.told })],
          [
            t('alarms.acknowledgedBy'),
            alarm.acknowledgedAt === null ? undefined : (
              <span key="a">
                {alarm.acknowledgedBy?.name ?? t('common.unknown')}, <Time at={alarm.acknowledgedAt} />
              </span>
            ),
          ],
          [t('alarms.note'), alarm.note ?? undefined],
          [t('alarms.resolvedAt'), alarm.resolvedAt === null ? undefined : <Time key="r" at={alarm.resolvedAt} />],
        ]}
      />
    </article>
  );
}
