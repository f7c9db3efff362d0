/** The page as the next start would show it: with the settings as they are written now, before anybody else sees it. */
import { Type } from 'typebox';
import type { Settings } from '../platform/config/settings.ts';
import { StartError } from '../platform/config/start-error.ts';
import { html } from '../platform/http/html.ts';
import type { HttpServer } from '../platform/http/server.ts';
import { type Logo, loadLogo } from './logo.ts';
import { languages } from './page-words.ts';
import type { PageNow } from './routes.ts';

export interface PreviewOptions {
  /** Reads them anew. @throws StartError when they are not valid. */
  readonly settingsNow: () => Settings;
  readonly page: PageNow;
}

const asUrl = ({ type, content }: Logo) => `data:${type};base64,${content.toString('base64')}`;

const heading = { de: 'Damit würde Obhut nicht starten', en: 'Obhut would not start with this' } as const;

export function previewRoute(server: HttpServer, { settingsNow, page }: PreviewOptions): void {
  server.get(
    '/v1/page/preview',
    {
      config: { guard: 'none', session: 'settings.read' },
      schema: {
        summary: 'The page as the next start would show it',
        tags: ['settings'],
        querystring: Type.Object({ language: Type.Enum(languages, { default: 'de' }) }),
      },
    },
    async (request, reply) => {
      const { language } = request.query;
      reply.type('text/html; charset=utf-8').header('cache-control', 'no-store').header('content-language', language);
      try {
        const settings = settingsNow();
        const logo = await loadLogo(settings.page?.logo);
        const { text, policy } = await page.preview(language, settings, logo && asUrl(logo));
        return reply.header('content-security-policy', policy).send(text);
      } catch (error) {
        if (!(error instanceof StartError)) throw error;
        const { text } = html`<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><title>${heading[language]}</title></head>
<body><h1>${heading[language]}</h1><p lang="en">${error.message} ${error.hint}</p></body></html>`;
        return reply.code(409).header('content-security-policy', "default-src 'none'").send(text);
      }
    },
  );
}
