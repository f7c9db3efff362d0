/** The public page: complete without JavaScript, readable by anybody, every value escaped. */
import type { Attestation } from '../claims/attestations.ts';
import { titleOf } from '../claims/references.ts';
import { Html, html, jsonBlock } from '../platform/http/html.ts';
import { logoPath } from './logo.ts';
import { type ClaimView, historyDays, type PageView, type PracticeView, type Shown, shownOf } from './page-model.ts';
import { type Block, type Part, type PartsFrame, partsOf } from './page-parts.ts';
import { pageStyle } from './page-style.ts';
import { reasons, wordsOf } from './page-words.ts';

/** Where the files lie that the page may load; it is complete without them. */
export interface PageAssets {
  /** Verifies in the browser. */
  readonly script: string;
  readonly font: string | undefined;
}

export interface PageFrame extends PartsFrame {
  readonly nonce: string;
  /** Built with the console; `undefined` where it was not. */
  readonly assets: PageAssets | undefined;
}

/** Our own words, in which nothing has to be escaped. */
const pageStyleHtml = new Html(pageStyle);

/** @param path of our own build: a name without anything to escape. */
const fontFace = (path: string) =>
  new Html(
    `@font-face{font-family:"Source Sans 3 Variable";src:url(${path}) format("woff2");font-weight:200 900;font-display:swap}`,
  );

const locales = { de: 'de-DE', en: 'en-GB' } as const;
const zone = 'Europe/Berlin';

/** Top and height of a day: none of the states is told by its colour alone. */
const heights = { holds: [2, 4], fails: [0, 6], unknown: [4.5, 1.5], none: [5.5, 0.5] } as const;
const pastWords = { holds: 'held', fails: 'heldNot', unknown: 'unknown' } as const;

const shapes = {
  holds: html`<circle cx="8" cy="8" r="8" fill="currentColor"/><path d="M4.4 8.3l2.4 2.4 4.8-5" fill="none" stroke="var(--paper)" stroke-width="1.8"/>`,
  fails: html`<rect x="1" y="1" width="14" height="14" rx="2" fill="currentColor"/>`,
  attested: html`<circle cx="8" cy="8" r="6.8" fill="none" stroke="currentColor" stroke-width="1.6"/><path d="M4.9 8.2l2.2 2.2 4-4.4" fill="none" stroke="currentColor" stroke-width="1.6"/>`,
  declared: html`<circle cx="8" cy="8" r="6.8" fill="none" stroke="currentColor" stroke-width="1.6"/><path d="M5 8h6" fill="none" stroke="currentColor" stroke-width="1.6"/>`,
  unknown: html`<circle cx="8" cy="8" r="6.8" fill="none" stroke="currentColor" stroke-width="1.6" stroke-dasharray="2.6 2.6"/>`,
};

function state(verdict: keyof typeof shapes, word: string): Html {
  return html`<span class="state ${verdict}"><svg viewBox="0 0 16 16" aria-hidden="true">${shapes[verdict]}</svg>${word}</span>`;
}

export function pageHtml(view: PageView, frame: PageFrame): Html {
  const { language } = frame;
  const { t, browser } = wordsOf(language, frame.form);
  const time = (at: Date) =>
    html`<time datetime="${at.toISOString()}">${at.toLocaleString(locales[language], { timeZone: zone, dateStyle: 'medium', timeStyle: 'short' })}</time>`;

  const date = (day: string) =>
    new Date(`${day}T12:00:00Z`).toLocaleDateString(locales[language], { timeZone: zone, dateStyle: 'medium' });

  const counted = (one: Shown, count: number) =>
    count === 1 ? t(one) : t(one === 'holds' ? 'manyHold' : one === 'fails' ? 'manyFail' : one);

  /** @param said what the sentence says already, and need not be said again. */
  function claimHtml(view: ClaimView, said: string): Html {
    const { claim, verdict, reason, proof, attestation, figures } = view;
    if (attestation !== undefined && verdict === 'holds') return vouchedHtml(view, attestation, said);
    const why = reason === undefined ? undefined : (reasons[reason]?.[language] ?? reason);
    return html`<div class="claim"><div>${claim.predicate[language] !== said && html`<span class="predicate">${claim.predicate[language]}</span>`}${figures !== undefined && html`<br><span class="figures">${figures[language]}</span>`}</div>
<div class="meta">${state(verdict, verdict === 'unknown' && why !== undefined ? `${t('unknown')}: ${why}` : t(verdict))}${
      proof === undefined
        ? ''
        : html`<br>${t('measured')} ${time(proof.observedAt)}<br><a class="verify" href="/log/page/proof/${proof.index}" data-index="${proof.index}" data-claim="${claim.id}" data-verdict="${proof.verdict}">${t('verify')}</a>`
    }</div>
${claim.grade === 'unknown' ? html`<p class="limits">${t('missing')}: ${claim.missing[language]}</p>` : html`<p class="limits">${t('limits')}: ${claim.limits[language]}${claim.references.map((one) => html` · ${one.catalogue} ${one.id} ${titleOf(one)}`)}</p>`}${pastHtml(view)}</div>`;
  }

  /** What is only said looks other than what was measured, and says so. */
  function vouchedHtml(view: ClaimView, attestation: Attestation, said: string): Html {
    const { claim } = view;
    const { by, text, until, document, index, grade } = attestation;
    return html`<div class="claim"><div>${claim.predicate[language] !== said && html`<span class="predicate">${claim.predicate[language]}</span><br>`}<span class="said">${by}: ${text[language]}</span></div>
<div class="meta">${state(shownOf(view), t(grade))}<br>${t('until')} ${time(until)}<br><a class="verify" href="/log/page/proof/${index}" data-index="${index}" data-claim="${claim.id}" data-verdict="${grade}">${t('verify')}</a></div>
<p class="limits">${t('notMeasured')}${document !== undefined && html`<br>${t('document')}: <span class="mono">${document}</span>`}</p></div>`;
  }

  /** The last 90 days as a strip, and in words. */
  function pastHtml({ past, claim }: ClaimView): Html | false {
    const measured = past.findIndex(({ verdict }) => verdict !== undefined);
    if (measured === -1) return false;
    // From the first measurement on no day is left out: not to have measured is told as well.
    const known = past.slice(measured);
    let x = 0;
    const bars = past.map(({ days, verdict }) => {
      const [y, height] = heights[verdict ?? 'none'];
      const bar = html`<rect class="${verdict ?? 'none'}" x="${x}" y="${y}" width="${days}" height="${height}"/>`;
      x += days;
      return bar;
    });
    return html`<div class="past"><svg class="strip" viewBox="0 0 ${historyDays} 6" preserveAspectRatio="none" aria-hidden="true">${bars}</svg>
<details><summary>${t('history')}<span class="unseen">: ${claim.predicate[language]}</span></summary><table><thead><tr><th scope="col">${t('day')}</th><th scope="col">${t('state')}</th></tr></thead><tbody>${known.toReversed().map(({ from, to, verdict }) => html`<tr><td>${from === to ? date(from) : `${date(from)} – ${date(to)}`}</td><td>${t(verdict === undefined ? 'notMeasuredThen' : pastWords[verdict])}</td></tr>`)}</tbody></table></details></div>`;
  }

  const practiceHtml = (
    practice: PracticeView,
  ): Html => html`<section id="${practice.id}" aria-labelledby="${practice.id}-title"><div><h2 id="${practice.id}-title">${practice.title[language]}</h2>
${state(practice.verdict, practice.partly ? t('partly') : t(practice.verdict))}</div><div>
${practice.sentences.map((sentence) => html`<div class="sentence" id="${sentence.id}"><p>${sentence.text[language]}</p>${sentence.claims.map((one) => claimHtml(one, sentence.text[language]))}</div>`)}</div></section>`;

  function blockHtml(block: Block): Html {
    switch (block.kind) {
      case 'text':
        return html`<p>${block.text}</p>`;
      case 'note':
        return html`<p class="limits">${block.text}</p>`;
      case 'heading':
        return html`<h3>${block.text}</h3>`;
      case 'command':
        return html`<pre tabindex="0">${block.text}</pre>`;
      case 'list':
        return html`<ul>${block.items.map((item) => html`<li>${item}</li>`)}</ul>`;
      case 'link':
        return html`<p><a href="${block.href}">${block.text}</a></p>`;
      case 'more':
        return html`<details><summary>${block.title}</summary><pre tabindex="0">${block.command}</pre></details>`;
    }
  }

  const partHtml = ({ id, title, blocks }: Part) =>
    html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2><div class="prose">${blocks.map(blockHtml)}</div></section>
`;

  const operator = view.operator ?? 'Obhut';
  return html`<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark">
<title>${t('title')} · ${operator}</title><meta name="description" content="${t('lead')}">
<link rel="alternate" hreflang="de" href="/"><link rel="alternate" hreflang="en" href="/en"><link rel="alternate" type="application/json" href="/page.json">
<style nonce="${frame.nonce}">${frame.assets?.font !== undefined && fontFace(frame.assets.font)}${pageStyleHtml}</style></head><body>
<a class="skip" href="#main">${t('skip')}</a>
<header>${frame.own?.logo === undefined ? html`<b>${operator}</b>` : html`<img src="${logoPath}" alt="${operator}">`}<span>${t('checked')} ${time(view.at)}</span><nav><a href="${language === 'de' ? '/en' : '/'}" hreflang="${language === 'de' ? 'en' : 'de'}" lang="${language === 'de' ? 'en' : 'de'}">${t('other')}</a><a href="/konsole">${t('signIn')}</a></nav></header>
<main id="main"><h1>${t('heading')}</h1><p class="lead">${t('lead')}</p>
<div class="sum"><span>${Object.values(view.count).reduce((sum, one) => sum + one)} ${t('promises')}</span>${(['holds', 'attested', 'declared', 'fails', 'unknown'] as const).map((one) => view.count[one] > 0 && state(one, `${view.count[one]} ${counted(one, view.count[one])}`))}<button type="button" id="verify-all" hidden>${t('verifyAll')}</button><p id="verify-sum" role="status"></p></div>
<ol class="contents">${view.practices.map(({ id, title, verdict, partly }) => html`<li><a href="#${id}">${title[language]}</a> ${state(verdict, partly ? t('partly') : t(verdict))}</li>`)}</ol>
${view.practices.map(practiceHtml)}
${partsOf(frame).map(partHtml)}
</main><footer><span>${t('twins')} <a href="/page.json">JSON</a>, <a href="${language === 'de' ? '/page.md' : '/en/page.md'}">Markdown</a></span>${frame.own?.imprint !== undefined && html`<a href="${frame.own.imprint}">${t('imprint')}</a>`}${frame.own?.privacy !== undefined && html`<a href="${frame.own.privacy}">${t('privacy')}</a>`}</footer>
<script type="application/json" id="words">${jsonBlock({ ...browser, states: Object.fromEntries(Object.keys(shapes).map((one) => [one, t(one as Shown)])) })}</script>${frame.assets !== undefined && html`<script type="module" src="${frame.assets.script}"></script>`}
</body></html>`;
}
