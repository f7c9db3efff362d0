/** Alarms, as the staff sees them: what is open, what was; acknowledging. */
import { type Static, Type } from 'typebox';
import { sessionOf } from '../identity/authenticate.ts';
import { actorOfSession, type SessionCaller } from '../identity/caller.ts';
import type { Identity } from '../identity/identity.ts';
import { nullable } from '../identity/routes/shapes.ts';
import { severities } from '../notify/alarm-routes/route.ts';
import { alarmCodes, alarmText } from '../notify/alarm-routes/words.ts';
import { Problem } from '../platform/http/problem.ts';
import { time, uuid } from '../platform/http/schemas.ts';
import type { HttpServer } from '../platform/http/server.ts';
import { type AccountId, type AlarmId, asId } from '../platform/ids/ids.ts';
import type { Alarm, AlarmState } from './alarm.ts';
import type { Alerts } from './alerts.ts';

const spoken = Type.Object({ title: Type.String(), text: Type.String() });
const alarmShape = Type.Object({
  id: uuid('the alarm'),
  code: Type.Enum([...alarmCodes]),
  subject: Type.String({ description: 'a site, a route, a job, a claim; empty where there is only one' }),
  severity: Type.Enum([...severities]),
  state: Type.Enum(['open', 'acknowledged', 'resolved'] satisfies AlarmState[]),
  text: Type.Object({ de: spoken, en: spoken }),
  openedAt: time('when it was opened'),
  lastSeenAt: time('when it was last seen to be so'),
  told: Type.Integer({ description: 'how often people were told' }),
  acknowledgedBy: nullable(Type.Object({ account: uuid('who'), name: nullable(Type.String()) })),
  acknowledgedAt: nullable(Type.String()),
  note: nullable(Type.String({ description: 'what they wrote' })),
  resolvedAt: nullable(Type.String()),
});

export interface AlertRoutesOptions {
  readonly alerts: Alerts;
  readonly identity: Identity;
}

export function alertRoutes(server: HttpServer, { alerts, identity }: AlertRoutesOptions): void {
  const { alarms, store } = alerts;

  /** Whoever acknowledged one, by name; asking leaves an entry, so only who is in the list is asked for. */
  async function namesOf(caller: SessionCaller, list: readonly Alarm[]): Promise<ReadonlyMap<AccountId, string>> {
    const ids = [...new Set(list.flatMap(({ acknowledgedBy }) => acknowledgedBy ?? []))];
    const accounts = (await Promise.all(ids.map((id) => identity.accounts.find(id)))).filter(
      (one) => one !== undefined,
    );
    if (accounts.length === 0) return new Map();
    const profiles = await identity.profiles.read(accounts, actorOfSession(caller), 'account_administration');
    return new Map(accounts.map(({ id }, index) => [id, profiles[index]?.name ?? '']));
  }

  function answerOf(alarm: Alarm, names: ReadonlyMap<AccountId, string>): Static<typeof alarmShape> {
    const refs = { ...alarm.refs, subject: alarm.subject };
    return {
      id: alarm.id,
      code: alarm.code,
      subject: alarm.subject,
      severity: alarm.severity,
      state: alarm.state,
      text: { de: alarmText(alarm.code, refs, 'de'), en: alarmText(alarm.code, refs, 'en') },
      openedAt: alarm.openedAt.toISOString(),
      lastSeenAt: alarm.lastSeenAt.toISOString(),
      told: alarm.told,
      acknowledgedBy:
        alarm.acknowledgedBy === undefined
          ? null
          : { account: alarm.acknowledgedBy, name: names.get(alarm.acknowledgedBy) ?? null },
      acknowledgedAt: alarm.acknowledgedAt?.toISOString() ?? null,
      note: alarm.note ?? null,
      resolvedAt: alarm.resolvedAt?.toISOString() ?? null,
    };
  }

  server.get(
    '/v1/alarms',
    {
      config: { guard: 'none', session: 'alarms.read' },
      schema: {
        summary: 'Alarms: those that live, and the last that are over',
        tags: ['alarms'],
        response: {
          200: Type.Object({
            living: Type.Array(alarmShape),
            resolved: Type.Array(alarmShape),
            routes: Type.Array(
              Type.Object({
                name: Type.String(),
                kind: Type.Enum(['team', 'mail', 'webhook', 'command']),
                severities: Type.Array(Type.Enum([...severities])),
              }),
            ),
          }),
        },
      },
    },
    async (request) => {
      const [open, acknowledged, resolved] = await Promise.all([
        store.list(['open'], 200),
        store.list(['acknowledged'], 200),
        store.list(['resolved'], 100),
      ]);
      const names = await namesOf(sessionOf(request), [...acknowledged, ...resolved]);
      return {
        living: [...open, ...acknowledged].map((alarm) => answerOf(alarm, names)),
        resolved: resolved.map((alarm) => answerOf(alarm, names)),
        routes: alerts.routes.map(({ name, kind, severities: wanted }) => ({ name, kind, severities: [...wanted] })),
      };
    },
  );

  server.post(
    '/v1/alarms/:alarm/acknowledgement',
    {
      config: { guard: 'none', session: 'alarms.acknowledge' },
      schema: {
        summary: 'Take care of an alarm: it is not repeated any more',
        tags: ['alarms'],
        params: Type.Object({ alarm: uuid('the alarm') }),
        body: Type.Object(
          {
            note: Type.Optional(
              Type.String({ minLength: 1, maxLength: 500, pattern: '^[^\\u0000]*$', description: 'for colleagues' }),
            ),
          },
          { additionalProperties: false },
        ),
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const caller = sessionOf(request);
      const id = asId<AlarmId>(request.params.alarm);
      const by = { account: caller.account, actor: actorOfSession(caller) };
      if (!(await alarms.acknowledge(id, by, request.body.note))) throw new Problem('not_found');
      return reply.code(204).send(null);
    },
  );
}
