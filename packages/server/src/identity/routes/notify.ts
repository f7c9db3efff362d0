/** How people are reached: the state of the outbox, and webhooks. */
import { Type } from 'typebox';
import { type Change, changeRider } from '../../journal/change.ts';
import type { Journal } from '../../journal/journal.ts';
import { templates } from '../../notify/letters/letter.ts';
import type { Template } from '../../notify/letters/phrase.ts';
import type { Notify } from '../../notify/notify.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import { Problem } from '../../platform/http/problem.ts';
import { time, uuid } from '../../platform/http/schemas.ts';
import type { HttpServer } from '../../platform/http/server.ts';
import { asId, type CustomerId, type WebhookId } from '../../platform/ids/ids.ts';
import { sessionOf } from '../authenticate.ts';
import { actorOfSession, type SessionCaller } from '../caller.ts';
import { nullable } from './shapes.ts';

const event = Type.Enum([...templates]);
const webhookShape = Type.Object({
  id: uuid('the webhook'),
  host: Type.String({ description: 'the rest of its address is not shown again' }),
  events: Type.Array(event),
  createdAt: time('when it was set up'),
});

export interface NotifyRoutesOptions {
  readonly notify: Notify;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly operator: () => Promise<CustomerId>;
}

export function notifyRoutes(server: HttpServer, { notify, journal, clock, operator }: NotifyRoutesOptions): void {
  const { outbox, webhooks, mailer } = notify;

  async function record(
    by: SessionCaller,
    kind: 'webhook.add' | 'webhook.end',
    refs: Record<string, string>,
    change: Change,
  ) {
    const outcome = await journal.append({
      customer: await operator(),
      log: 'operator',
      entry: { kind, at: clock.now(), actor: actorOfSession(by), outcome: 'done', client: 'console', refs },
      rider: { rider: changeRider, payload: change },
    });
    if (outcome.state !== 'appended') throw new Problem('not_found');
  }

  server.get(
    '/v1/notify/status',
    {
      config: { guard: 'none', session: 'settings.read' },
      schema: {
        summary: 'Whether messages arrive',
        tags: ['settings'],
        response: {
          200: Type.Object({
            mail: Type.Object({
              configured: Type.Boolean(),
              from: nullable(Type.String()),
              host: nullable(Type.String()),
              lastSentAt: nullable(Type.String()),
              waiting: Type.Integer(),
              failing: Type.Integer(),
            }),
            webhooks: Type.Array(webhookShape),
          }),
        },
      },
    },
    async () => {
      const [mail, hooks] = await Promise.all([outbox.status('mail'), webhooks.list()]);
      return {
        mail: {
          configured: mailer !== undefined,
          from: mailer?.from ?? null,
          host: mailer?.host ?? null,
          lastSentAt: mail.lastSentAt?.toISOString() ?? null,
          waiting: mail.waiting,
          failing: mail.failing,
        },
        webhooks: hooks.map(({ createdAt, events, ...hook }) => ({
          ...hook,
          events: [...events],
          createdAt: createdAt.toISOString(),
        })),
      };
    },
  );

  server.post(
    '/v1/webhooks',
    {
      config: { guard: 'none', session: 'tokens.manage', fresh: true },
      schema: {
        summary: 'Set up a webhook (Standard Webhooks)',
        tags: ['settings'],
        body: Type.Object(
          {
            url: Type.String({ maxLength: 500, pattern: '^https?://[^\\s@]+$' }),
            events: Type.Array(event, { minItems: 1, uniqueItems: true }),
          },
          { additionalProperties: false },
        ),
        response: { 201: Type.Object({ id: uuid('the webhook'), secret: Type.String({ description: 'shown once' }) }) },
      },
    },
    async (request, reply) => {
      const { url, events } = request.body;
      if (!URL.canParse(url)) throw new Problem('input_invalid', { field: '/url' });
      let added: Awaited<ReturnType<typeof webhooks.add>> | undefined;
      await record(sessionOf(request), 'webhook.add', { events: events.join(' ') }, async (connection) => {
        added = await webhooks.add(connection, url, events as Template[]);
        return true;
      });
      if (added === undefined) throw new Problem('not_found');
      return reply.code(201).send(added);
    },
  );

  server.delete(
    '/v1/webhooks/:webhook',
    {
      config: { guard: 'none', session: 'tokens.manage' },
      schema: {
        summary: 'End a webhook',
        tags: ['settings'],
        params: Type.Object({ webhook: uuid('the webhook') }),
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const id = asId<WebhookId>(request.params.webhook);
      await record(sessionOf(request), 'webhook.end', { webhook: id }, (connection) => webhooks.end(connection, id));
      return reply.code(204).send(null);
    },
  );
}
