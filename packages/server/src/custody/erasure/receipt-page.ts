/**
 * The receipt of erasure to read and to print. Everything that it says of the erasure is taken from the signed entry, which
 * stands below it as a whole: who has the paper and the file has the same.
 */
import { type Html, html, Html as RawHtml } from '../../platform/http/html.ts';
import type { ErasureOrder } from './order.ts';
import { receiptWords } from './receipt-words.ts';

export type ReceiptLanguage = 'de' | 'en';

export interface ReceiptPage {
  readonly language: ReceiptLanguage;
  readonly nonce: string;
  readonly operator: string;
  readonly order: Pick<ErasureOrder, 'order' | 'scope' | 'orderedAt' | 'dueAt'>;
  /** The `.tlog-proof`; `undefined` while the order is not final. */
  readonly proof: string | undefined;
  /** What a verifier pins. */
  readonly logKey: string;
  /** The same page in the other language, and the file. */
  readonly otherUrl: string;
  readonly fileUrl: string;
}

/** What the signed entry says, as `receipt.ts` wrote it. */
type Refs = Readonly<Record<string, string | number | undefined>>;

const style = new RawHtml(`
:root{--ink:#16232b;--soft:#4f5e67;--paper:#faf8f4;--line:#e4dfd5;--accent:#0b5d6b;--holds:#2e6b3f;--fails:#a3261b;--tint:#eef4f3}
@media (prefers-color-scheme:dark){:root{--ink:#e9e6df;--soft:#a9b4b9;--paper:#12191d;--line:#2c373d;--accent:#6cc3d0;--holds:#7cc08d;--fails:#ef8a80;--tint:#18282c}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:400 1rem/1.5 "Source Sans 3 Variable","Source Sans 3",system-ui,sans-serif;font-variant-numeric:tabular-nums}
main{max-width:46rem;margin:0 auto;padding:2.5rem 1.5rem 4rem}
header{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;align-items:baseline;justify-content:space-between}
h1{margin:0;font-size:2rem;font-weight:600;line-height:1.2}h2{margin:2rem 0 .5rem;font-size:1.15rem;font-weight:600;border-top:1px solid var(--line);padding-top:1.25rem}
p{margin:.5rem 0 0;max-width:68ch}.soft{color:var(--soft)}a{color:var(--accent);text-underline-offset:.2em}
dl{display:grid;grid-template-columns:minmax(0,17rem) minmax(0,1fr);gap:.35rem 1.5rem;margin:0}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
.mono,pre,code{font-family:"IBM Plex Mono",ui-monospace,monospace;font-size:.85em}.kept{color:var(--holds);font-weight:600}.broken{color:var(--fails);font-weight:600}
pre{background:var(--tint);border-radius:6px;padding:.75rem 1rem;white-space:pre-wrap;overflow-wrap:anywhere;margin:.75rem 0 0}
@media (max-width:34rem){dl{grid-template-columns:minmax(0,1fr);gap:0}dd{margin-bottom:.6rem}main{padding:1.5rem 1rem 3rem}h1{font-size:1.6rem}}
@media print{:root{--ink:#000;--soft:#333;--paper:#fff;--line:#bbb;--accent:#000;--tint:#fff;--holds:#000;--fails:#000}body{font-size:10.5pt}main{max-width:none;padding:0}nav{display:none}h2{break-after:avoid}dl,p{break-inside:avoid}pre{border:1px solid #bbb;font-size:7pt}@page{margin:2cm}}
`);

/** The refs of the entry that a proof carries. */
export function refsOf(proof: string): { readonly refs: Refs; readonly index: string } {
  const [, extra = ''] = /^extra (.+)$/m.exec(proof) ?? [];
  const [, index = ''] = /^index (\d+)$/m.exec(proof) ?? [];
  const entry = JSON.parse(Buffer.from(extra, 'base64').toString()) as { readonly refs: Refs };
  return { refs: entry.refs, index };
}

export function receiptPage(page: ReceiptPage): Html {
  const { language, nonce, operator, order, proof, logKey, otherUrl, fileUrl } = page;
  const words = receiptWords[language];
  const time = (value: unknown) =>
    typeof value !== 'string' || value === ''
      ? '–'
      : new Date(value).toLocaleString(language === 'de' ? 'de-DE' : 'en-GB', {
          timeZone: 'Europe/Berlin',
          dateStyle: 'long',
          timeStyle: 'medium',
        });
  const facts = (of: readonly (readonly [string, string | number | Html | undefined])[]) =>
    html`<dl>${of.map(([term, value]) => value !== undefined && html`<dt>${term}</dt><dd>${value}</dd>`)}</dl>`;
  const mono = (text: unknown) => html`<span class="mono">${String(text)}</span>`;

  function body(text: string): Html {
    const { refs, index } = refsOf(text);
    const isKept = refs.inTime === 1;
    const held = Number(refs.held ?? 0);
    return html`
<h2>${words.what}</h2>
${facts([
  [words.scope, words.scopes[String(refs.scope)] ?? String(refs.scope)],
  [words.people, refs.people],
  [words.records, refs.records],
  [words.files, refs.files],
  [words.held, held === 0 ? undefined : held],
  [words.order, mono(refs.order)],
])}
<h2>${words.when}</h2>
${facts([
  [words.ordered, time(refs.orderedAt)],
  [words.keysDead, time(refs.keysDeadAt)],
  [words.rowsRemoved, time(refs.rowsRemovedAt)],
  [words.epochClosed, time(refs.epochClosedAt)],
  [words.epoch, mono(refs.epoch)],
  [words.safes, refs.destroyedIn === '' ? undefined : refs.destroyedIn],
  [words.due, time(refs.dueAt)],
  [words.kept, html`<span class="${isKept ? 'kept' : 'broken'}">${isKept ? words.keptYes : words.keptNo}</span>`],
  [words.sitesMissed, refs.sitesMissed === 0 ? undefined : refs.sitesMissed],
])}
<p class="soft">${words.zone}</p>
<h2>${words.means}</h2><p>${words.meansText}</p>
<h2>${words.stays}</h2><p>${words.staysText}</p>
${held > 0 && html`<p>${words.staysHeld.replace('{held}', String(held))}</p>`}
${refs.sitesMissed !== 0 && html`<p>${words.staysMissed}</p>`}
<h2>${words.verify}</h2><p>${words.verifyText}</p>
<pre>obhut verify obhut-${order.order}.tlog-proof --key '${logKey}'</pre>
<nav><p><a href="${fileUrl}" download="obhut-${order.order}.tlog-proof">${words.download}</a></p></nav>
<h2>${words.proof}</h2>
${facts([
  [words.log, mono(logKey.split('+')[0])],
  [words.entry, index],
  [words.key, mono(logKey)],
])}
<pre id="proof">${text}</pre>`;
  }

  return html`<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>${words.title} · ${order.order.slice(0, 8)}</title><style nonce="${nonce}">${style}</style></head>
<body><main><header><h1>${words.title}</h1><nav><a href="${otherUrl}" hreflang="${language === 'de' ? 'en' : 'de'}">${words.other}</a></nav></header>
<p class="soft">${words.lead.replace('{operator}', operator)}</p>
${
  proof === undefined
    ? html`<h2>${words.open}</h2>${facts([
        [words.order, mono(order.order)],
        [words.scope, words.scopes[order.scope]],
        [words.ordered, time(order.orderedAt.toISOString())],
        [words.due, time(order.dueAt.toISOString())],
      ])}<p class="soft">${words.zone}</p>`
    : body(proof)
}
</main></body></html>`;
}
