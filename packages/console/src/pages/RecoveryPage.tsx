import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/http.ts';
import type { Alarms, Drill, Recovery } from '../api/types.ts';
import { DataTable } from '../components/DataTable.tsx';
import { DrillChart, type Point } from '../components/DrillChart.tsx';
import { DrillState } from '../components/DrillState.tsx';
import { Empty } from '../components/Empty.tsx';
import { Facts } from '../components/Facts.tsx';
import { Load } from '../components/Load.tsx';
import { Page } from '../components/Page.tsx';
import { State } from '../components/State.tsx';
import { Time } from '../components/Time.tsx';
import { bytesText, secondsText } from '../format.ts';
import { useNow } from '../hooks/useNow.ts';
import { isLongAgo, provenHours } from '../proven.ts';

/** Which alarms are about recovery. */
const codes = ['backup_late', 'backup_damaged', 'backup_unproven', 'drill_failed', 'source_backup_failed'];

function Proven({ drill, nights = 1 }: { readonly drill: Drill; readonly nights?: number }) {
  const { t } = useTranslation();
  const now = useNow(30_000);
  if (drill.endedAt === null) return undefined;
  const hours = provenHours(nights);
  const isOld = isLongAgo(drill.endedAt, hours, now);
  return (
    <State kind={isOld ? 'fails' : 'holds'}>
      <span className="wrap">
        <Time at={drill.endedAt} as="relative" />, {drill.site}
        {isOld && ` ${t('recovery.provenLongAgo', { hours })}`}
      </span>
    </State>
  );
}

/** Which backups are proven, what the drills have measured, and what is open. */
export function RecoveryPage() {
  const { t } = useTranslation();
  const recovery = useQuery({
    queryKey: ['recovery'],
    queryFn: () => api.get<Recovery>('/v1/recovery'),
    refetchInterval: 30_000,
  });
  return (
    <Page title={t('recovery.title')} lead={t('recovery.lead')}>
      <OpenAlarms />
      <Load query={recovery}>
        {(found) => (
          <>
            <Now of={found} />
            {found.sites.length > 0 && <Sites of={found.sites} />}
            <OverTime drills={found.drills} />
            <Drills drills={found.drills} />
          </>
        )}
      </Load>
    </Page>
  );
}

/** Above everything else, where there are any: there they are acknowledged. */
function OpenAlarms() {
  const { t } = useTranslation();
  const { data } = useQuery({
    queryKey: ['alarms'],
    queryFn: () => api.get<Alarms>('/v1/alarms'),
    refetchInterval: 30_000,
  });
  const open = data?.living.filter(({ state, code }) => state === 'open' && codes.includes(code)) ?? [];
  if (open.length === 0) return undefined;
  return (
    <p className="panel row between">
      <State kind={open.some(({ severity }) => severity === 'critical') ? 'fails' : 'waiting'}>
        {t('recovery.alarms', { count: open.length })}
      </State>
      <Link to="/konsole/alarme">{t('recovery.toAlarms')}</Link>
    </p>
  );
}

function Now({ of }: { readonly of: Recovery }) {
  const { t, i18n } = useTranslation();
  const { lastBackup, drills, drilled, kitRehearsedAt } = of;
  const proven = drills.find(({ state }) => state === 'proven');
  return (
    <section className="stack" aria-labelledby="now">
      <h2 id="now">{t('recovery.now')}</h2>
      {drilled !== 'yes' && (
        <State kind="unknown">
          <span className="wrap">
            {t(drilled === 'own-database' ? 'recovery.drilled_own_database' : 'recovery.drilled_no_backups')}
          </span>
        </State>
      )}
      <Facts
        of={[
          [
            t('recovery.lastBackup'),
            lastBackup === null ? (
              t('recovery.noBackup')
            ) : (
              <span key="b">
                <Time at={lastBackup.completedAt} as="relative" />, {bytesText(lastBackup.bytes, i18n.language)}
              </span>
            ),
          ],
          [
            t('recovery.lastProven'),
            proven?.endedAt == null ? (
              <State key="p" kind="unknown">
                {t('recovery.neverProven')}
              </State>
            ) : (
              <Proven key="p" drill={proven} />
            ),
          ],
          [t('recovery.rpo'), proven?.rpoMs == null ? undefined : secondsText(proven.rpoMs, i18n.language)],
          [t('recovery.rto'), proven?.rtoMs == null ? undefined : secondsText(proven.rtoMs, i18n.language)],
          [
            t('recovery.kit'),
            kitRehearsedAt === null ? (
              <State key="k" kind="waiting">
                <span className="wrap">{t('recovery.kitNever')}</span>
              </State>
            ) : (
              <State key="k" kind="holds">
                <span>
                  {t('recovery.kitRehearsed')} <Time at={kitRehearsedAt} as="relative" />
                </span>
              </State>
            ),
          ],
        ]}
      />
    </section>
  );
}

function Sites({ of }: { readonly of: Recovery['sites'] }) {
  const { t, i18n } = useTranslation();
  const kinds = { verified: 'holds', damaged: 'fails', 'not-yet': 'unknown' } as const;
  const words = {
    verified: 'recovery.read_verified',
    damaged: 'recovery.read_damaged',
    'not-yet': 'recovery.read_not_yet',
  } as const;
  return (
    <section className="stack" aria-labelledby="sites">
      <h2 id="sites">{t('recovery.sites')}</h2>
      <DataTable
        label={t('recovery.sites')}
        rows={of}
        rowKey={({ name }) => name}
        columns={[
          { key: 'site', title: t('recovery.site'), cell: ({ name, country }) => `${name}, ${country}` },
          {
            key: 'read',
            title: t('recovery.read'),
            cell: ({ read }) => <State kind={kinds[read]}>{t(words[read])}</State>,
          },
          {
            key: 'proven',
            title: t('recovery.drill'),
            cell: ({ proven, failing }) => (
              <>
                {failing !== null && <DrillState drill={failing} />}
                {failing === null && proven === null && <State kind="unknown">{t('recovery.neverProven')}</State>}
                {proven?.endedAt != null &&
                  (failing === null ? (
                    <Proven drill={proven} nights={of.length} />
                  ) : (
                    <div className="soft">
                      {t('recovery.lastProven')}: <Time at={proven.endedAt} as="relative" />
                    </div>
                  ))}
              </>
            ),
          },
          {
            key: 'rto',
            title: t('recovery.rto'),
            end: true,
            cell: ({ proven }) => (proven?.rtoMs == null ? '–' : secondsText(proven.rtoMs, i18n.language)),
          },
        ]}
      />
    </section>
  );
}

const pointsOf = (drills: readonly Drill[], which: 'rpoMs' | 'rtoMs'): readonly Point[] =>
  drills.flatMap(({ id, state, begunAt, [which]: ms }) =>
    state === 'proven' && ms !== null ? [{ id, at: begunAt, ms }] : [],
  );

function OverTime({ drills }: { readonly drills: readonly Drill[] }) {
  const { t } = useTranslation();
  const [rpo, rto] = [pointsOf(drills, 'rpoMs'), pointsOf(drills, 'rtoMs')];
  if (rpo.length + rto.length === 0) return undefined;
  return (
    <section className="stack" aria-labelledby="time">
      <h2 id="time">{t('recovery.overTime')}</h2>
      <div className="charts">
        <DrillChart title={t('recovery.chartRpo')} points={rpo} />
        <DrillChart title={t('recovery.chartRto')} points={rto} />
      </div>
    </section>
  );
}

/** Two weeks; the others on demand. */
const few = 14;

function Drills({ drills }: { readonly drills: readonly Drill[] }) {
  const { t, i18n } = useTranslation();
  const [all, setAll] = useState(false);
  const seconds = (ms: number | null) => (ms === null ? '–' : secondsText(ms, i18n.language));
  return (
    <section className="stack" aria-labelledby="drills">
      <h2 id="drills">{t('recovery.drills')}</h2>
      {drills.length === 0 ? (
        <Empty title={t('recovery.noDrills')} text={t('recovery.noDrillsText')} />
      ) : (
        <DataTable
          label={t('recovery.drills')}
          rows={all ? drills : drills.slice(0, few)}
          rowKey={({ id }) => id}
          columns={[
            {
              key: 'begun',
              title: t('recovery.begun'),
              sort: ({ begunAt }) => begunAt,
              cell: ({ begunAt, asked }) => (
                <>
                  <Time at={begunAt} />
                  {asked && <div className="soft">{t('recovery.asked')}</div>}
                </>
              ),
            },
            { key: 'site', title: t('recovery.site'), sort: ({ site }) => site ?? '', cell: ({ site }) => site ?? '–' },
            {
              key: 'result',
              title: t('recovery.result'),
              sort: ({ state }) => state,
              cell: (drill) => <DrillState drill={drill} />,
            },
            {
              key: 'rpo',
              title: 'RPO',
              end: true,
              sort: ({ rpoMs }) => rpoMs ?? 0,
              cell: ({ rpoMs }) => seconds(rpoMs),
            },
            {
              key: 'rto',
              title: 'RTO',
              end: true,
              sort: ({ rtoMs }) => rtoMs ?? 0,
              cell: ({ rtoMs }) => seconds(rtoMs),
            },
            {
              key: 'size',
              title: t('recovery.size'),
              end: true,
              sort: ({ bytes }) => bytes ?? 0,
              cell: ({ bytes }) => (bytes === null ? '–' : bytesText(bytes, i18n.language)),
            },
          ]}
        />
      )}
      {!all && drills.length > few && (
        <div>
          <Button variant="default" onClick={() => setAll(true)}>
            {t('common.more')}
          </Button>
        </div>
      )}
    </section>
  );
}
