/** `/api`: the API as a page to read, made from the same OpenAPI document that `/api/openapi.json` serves. No script. */
import type { HttpServer } from './server.ts';

interface Operation {
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly description?: string;
  }[];
  readonly requestBody?: unknown;
  readonly responses?: Readonly<Record<string, unknown>>;
}

interface Document {
  readonly info: { readonly version: string };
  readonly paths?: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (character) => escapes[character] ?? '');

const style = `
:root{--ink:#16232b;--soft:#52626b;--paper:#faf8f4;--surface:#fff;--line:#e4dfd5;--petrol:#0b5d6b}
@media(prefers-color-scheme:dark){:root{--ink:#e9e6df;--soft:#a9b4b9;--paper:#12191d;--surface:#1a2328;--line:#2c373d;--petrol:#6cc3d0}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:400 1rem/1.5 "Source Sans 3",system-ui,sans-serif}
main{max-width:60rem;margin:0 auto;padding:3rem 1.5rem 6rem}h1{font-size:2rem;font-weight:600;margin:0}h2{font-size:1.25rem;margin:3rem 0 .5rem;padding-top:1.5rem;border-top:1px solid var(--line);text-transform:capitalize}
p{max-width:72ch;margin:.5rem 0}.soft{color:var(--soft)}a{color:var(--petrol)}code{font-family:"IBM Plex Mono",ui-monospace,monospace;font-size:.875em;overflow-wrap:anywhere}
details{border-bottom:1px solid var(--line);padding:.65rem 0}summary{cursor:pointer;display:grid;grid-template-columns:4.5rem 1fr;gap:0 .75rem;align-items:baseline}
summary b{color:var(--petrol);font-size:.9rem}summary span{grid-column:2;color:var(--soft)}
.more{margin:.75rem 0 .5rem 5.25rem}table{border-collapse:collapse;width:100%;font-size:.95rem}td{padding:.3rem .75rem .3rem 0;border-bottom:1px dotted var(--line);vertical-align:top}
pre{background:var(--surface);border:1px solid var(--line);border-radius:6px;padding:.75rem 1rem;overflow:auto;font-size:.85rem}
@media(max-width:640px){.more{margin-left:0}summary{grid-template-columns:1fr}summary span{grid-column:1}}
`;

function operationHtml(method: string, path: string, operation: Operation): string {
  const rows = (operation.parameters ?? []).map(
    ({ name, in: where, required, description }) =>
      `<tr><td><code>${escapeHtml(name)}</code></td><td>${escapeHtml(where)}${required ? ', required' : ''}</td><td>${escapeHtml(description ?? '')}</td></tr>`,
  );
  const body =
    operation.requestBody === undefined
      ? ''
      : `<p class="soft">Body</p><pre>${escapeHtml(JSON.stringify(operation.requestBody, undefined, 2))}</pre>`;
  const answers = Object.keys(operation.responses ?? {}).join(', ');
  return `<details><summary><b>${method.toUpperCase()}</b><code>${escapeHtml(path)}</code><span>${escapeHtml(operation.summary ?? '')}</span></summary>
<div class="more">${operation.description ? `<p>${escapeHtml(operation.description)}</p>` : ''}${rows.length > 0 ? `<table>${rows.join('')}</table>` : ''}${body}<p class="soft">Answers: ${escapeHtml(answers)}; errors as application/problem+json with a code.</p></div></details>`;
}

function pageHtml({ info, paths = {} }: Document): string {
  const byTag = new Map<string, string[]>();
  for (const [path, operations] of Object.entries(paths))
    for (const [method, operation] of Object.entries(operations)) {
      const tag = operation.tags?.[0] ?? 'other';
      byTag.set(tag, [...(byTag.get(tag) ?? []), operationHtml(method, path, operation)]);
    }
  const sections = [...byTag].map(([tag, operations]) => `<h2>${escapeHtml(tag)}</h2>${operations.join('')}`);
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Obhut API</title><style>${style}</style>
<main><h1>Obhut API</h1><p class="soft">Version ${escapeHtml(info.version)} · <a href="/api/openapi.json">OpenAPI 3.1</a></p>
<p>Each call carries a token (<code>Authorization: Bearer …</code>). A call that can release personal data names its purpose (<code>Obhut-Purpose</code>), and its answer carries a receipt (<code>Obhut-Receipt</code>): the entry is durable before anything leaves.</p>
${sections.join('\n')}</main></html>`;
}

export function apiPage(server: HttpServer): void {
  server.get('/api/openapi.json', { config: { guard: 'public' }, schema: { hide: true } }, async () =>
    server.swagger(),
  );
  server.get('/api', { config: { guard: 'public' }, schema: { hide: true } }, async (_request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .header(
        'content-security-policy',
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
      )
      .send(pageHtml(server.swagger() as unknown as Document)),
  );
}
