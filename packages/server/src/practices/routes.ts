/** The public page and its twins, and the proofs behind it. */
import { hash } from 'node:crypto';
import { encodeBase64 } from '@obhut/proof';
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import type { DayOfClaim, ProofStore } from '../claims/proof-store.ts';
import type { Evidence } from '../claims/state.ts';
import type { Practice } from '../claims/vocabulary.ts';
import type { Journal } from '../journal/journal.ts';
import type { Clock } from '../platform/clock/clock.ts';
import type { Settings } from '../platform/config/settings.ts';
import { Problem } from '../platform/http/problem.ts';
import type { HttpServer } from '../platform/http/server.ts';
import type { CustomerId } from '../platform/ids/ids.ts';
import type { Site } from '../platform/sites/site.ts';
import { type PageAssets, pageHtml, pageStyleOf } from './page-html.ts';
import { historyBegins, type PageView, viewOfPage } from './page-model.ts';
import { pageJson, pageMarkdown } from './page-twins.ts';
import type { Language } from './page-words.ts';

export interface PageRoutesOptions {
  readonly practices: readonly Practice[];
  readonly store: ProofStore;
  readonly evidence: () => Promise<Evidence>;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly sites: readonly Site[];
  readonly settings: Pick<Settings, 'operator' | 'contact' | 'page' | 'form'>;
  readonly operator: () => Promise<CustomerId>;
  /** Where the words of each sentence stand in the page log. */
  readonly sentences: () => ReadonlyMap<string, number>;
  /** How others reach this installation. */
  readonly url: string;
  /** Once they are known. */
  readonly assets: () => PageAssets | undefined;
}

/** A view is computed at most once a second, however many ask. */
const freshMs = 1_000;
const historyFreshMs = 60_000;
const dayMs = 86_400_000;
const securityTxtDays = 180;

interface Written {
  readonly view: PageView;
  readonly assets: PageAssets | undefined;
  readonly logKey: string;
  readonly text: string;
}

/** The page as it is now. */
export interface PageNow {
  json(): Promise<ReturnType<typeof pageJson>>;
  /** With other settings, marked as a preview. @param logo `data:` URL. */
  preview(
    language: Language,
    settings: PageRoutesOptions['settings'],
    logo: string | undefined,
  ): Promise<{ readonly text: string; readonly policy: string }>;
  /** Something changed: it is computed anew. */
  forget(): void;
}

export function pageRoutes(server: HttpServer, options: PageRoutesOptions): PageNow {
  const { practices, store, evidence, journal, clock, sites, settings, operator, url, assets } = options;
  const contact = { ...(settings.contact ?? {}) };
  let history: { readonly since: number; readonly days: Promise<readonly DayOfClaim[]> } | undefined;
  let cached: { readonly since: number; readonly view: ReturnType<typeof compute> } | undefined;
  /** What was made of a view, by language and with what it was made. */
  const written = new Map<Language, Written>();

  /** Ninety days are long to count and change slowly. */
  function daysBefore(now: Date) {
    const since = clock.monotonicMs();
    if (history === undefined || since - history.since > historyFreshMs) {
      const fresh = { since, days: store.days(historyBegins(now)) };
      history = fresh;
      fresh.days.catch(() => {
        if (history === fresh) history = undefined;
      });
    }
    return history.days;
  }

  async function compute() {
    const now = clock.now();
    const [known, days] = await Promise.all([evidence(), daysBefore(now)]);
    return viewOfPage(practices, known, days, now, settings.operator);
  }

  function view() {
    const since = clock.monotonicMs();
    if (cached === undefined || since - cached.since > freshMs) {
      const fresh = { since, view: compute() };
      cached = fresh;
      fresh.view.catch(() => {
        if (cached === fresh) cached = undefined;
      });
    }
    return cached.view;
  }

  async function pageLog() {
    const log = await journal.logs.of(await operator(), 'page');
    if (log === undefined) throw new Problem('not_found');
    return log;
  }

  const logKey = async () => journal.verifierKey((await pageLog()).origin);

  /** What is the same for the page and its twins. */
  const frame = async (of = settings) => ({
    form: of.form,
    own: of.page,
    sites,
    notRedundant: (await view()).practices.some(({ sentences }) =>
      sentences.some(({ id, verdict }) => id === 'recovery.redundant' && verdict === 'fails'),
    ),
    contact: { ...(of.contact ?? {}) },
    url,
    logKey: await logKey(),
  });
  const twin = async () => pageJson(await view(), { ...(await frame()), entries: options.sentences() });

  /** A view is written once, however many ask: nothing in it is about who asks. */
  async function textOf(language: Language): Promise<string> {
    const [now, shared] = [await view(), await frame()];
    const made = { view: now, assets: assets(), logKey: shared.logKey };
    const before = written.get(language);
    if (before?.view === now && before.assets === made.assets && before.logKey === made.logKey) return before.text;
    const { text } = pageHtml(now, { ...shared, language, assets: made.assets });
    written.set(language, { ...made, text });
    return text;
  }

  /** Nothing from elsewhere, no inline script, the one style that we wrote (CSP Level 3). */
  function policyOf(images: string): string {
    const style = hash('sha256', pageStyleOf(assets()).text, 'base64');
    return `default-src 'none'; script-src 'self'; style-src 'sha256-${style}'; connect-src 'self'; img-src ${images}; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
  }

  async function sendPage(reply: FastifyReply, language: Language): Promise<FastifyReply> {
    return reply
      .type('text/html; charset=utf-8')
      .header('content-language', language)
      .header('content-security-policy', policyOf("'self'"))
      .send(await textOf(language));
  }

  const config = { guard: 'public' } as const;
  const tags = ['page'];
  server.get('/', { config, schema: { summary: 'The security page, in German', tags } }, async (_request, reply) =>
    sendPage(reply, 'de'),
  );
  server.get('/en', { config, schema: { summary: 'The security page, in English', tags } }, async (_request, reply) =>
    sendPage(reply, 'en'),
  );
  server.get('/page.json', { config, schema: { summary: 'The security page for machines', tags } }, twin);
  for (const [path, language] of [
    ['/page.md', 'de'],
    ['/en/page.md', 'en'],
  ] as const)
    server.get(path, { config, schema: { summary: 'The security page as Markdown', tags } }, async (_request, reply) =>
      reply.type('text/markdown; charset=utf-8').send(pageMarkdown(await view(), { ...(await frame()), language })),
    );

  server.get(
    '/log/page/proof/:index',
    {
      config,
      schema: {
        summary: 'The proof of an entry of the page log, as a .tlog-proof file',
        tags: ['page log'],
        params: Type.Object({ index: Type.Integer({ minimum: 0 }) }),
      },
    },
    async (request, reply) => {
      const log = await pageLog();
      const [there] = await journal.read.entries(log, request.params.index - 1, 1);
      if (there?.index !== request.params.index) throw new Problem('not_found');
      const proof = await journal.read.proof(log, request.params.index);
      if (proof === undefined) throw new Problem('not_yet', { retryAfterSeconds: 1 });
      return reply.type('text/plain; charset=utf-8').send(proof);
    },
  );

  server.get(
    '/log/page/consistency',
    {
      config,
      schema: {
        summary: 'That an older tree of the page log is the beginning of the signed one',
        tags: ['page log'],
        querystring: Type.Object({ from: Type.Integer({ minimum: 1 }) }),
        response: { 200: Type.Object({ checkpoint: Type.String(), proof: Type.Array(Type.String()) }) },
      },
    },
    async (request) => {
      const found = await journal.read.consistency(await pageLog(), request.query.from);
      if (found === undefined) throw new Problem('not_found');
      return { checkpoint: found.tree.checkpoint, proof: found.proof.map((hash) => encodeBase64(hash)) };
    },
  );

  server.get(
    '/.well-known/security.txt',
    { config, schema: { summary: 'How to report a weakness (RFC 9116)', tags } },
    async (_request, reply) => {
      const addresses = [
        ...(contact.email === undefined ? [] : [`mailto:${contact.email}`]),
        ...(contact.url === undefined ? [] : [contact.url]),
      ];
      // Without an address there is no such file: a wrong one is worse than none.
      if (addresses.length === 0) throw new Problem('not_found');
      // A date that stands still for a quarter: one that moves with every look would say nothing.
      const now = clock.now();
      const quarter = Date.UTC(now.getUTCFullYear(), Math.floor(now.getUTCMonth() / 3) * 3);
      const expires = new Date(quarter + securityTxtDays * dayMs);
      return reply
        .type('text/plain; charset=utf-8')
        .send(
          [
            ...addresses.map((address) => `Contact: ${address}`),
            `Expires: ${expires.toISOString()}`,
            'Preferred-Languages: de, en',
            `Canonical: ${url}/.well-known/security.txt`,
            '',
          ].join('\n'),
        );
    },
  );
  return {
    json: twin,
    async preview(language, of, logo) {
      const now = { ...(await view()), operator: of.operator };
      const { text } = pageHtml(now, { ...(await frame(of)), language, assets: assets(), preview: { logo } });
      return { text, policy: policyOf("'self' data:") };
    },
    forget() {
      cached = undefined;
      history = undefined;
    },
  };
}
