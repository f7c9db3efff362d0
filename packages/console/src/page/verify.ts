/** "Verify yourself" on the public page: the page is complete without it; with it the visitor's browser computes. */
import { check, NotVerified, type Shown, type Verified } from './check.ts';

interface Words {
  readonly loading: string;
  readonly entry: string;
  readonly path: string;
  readonly signature: string;
  readonly says: string;
  readonly consistent: string;
  readonly first: string;
  readonly ok: string;
  readonly failed: string;
  readonly all: string;
  readonly steps: Readonly<Record<string, string>>;
  readonly states: Readonly<Record<string, string>>;
}

const words = JSON.parse(document.getElementById('words')?.textContent ?? '{}') as Words;

const fill = (text: string, values: Readonly<Record<string, string>>) =>
  text.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '');

/** Texts only, never HTML: what comes from the log is shown, not run. */
function element(tag: string, text: string, className = ''): HTMLElement {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className !== '') made.className = className;
  return made;
}

function resultOf(link: HTMLAnchorElement): HTMLElement {
  const claim = link.closest('.claim');
  const before = claim?.querySelector<HTMLElement>('.result');
  if (before != null) return before;
  const made = element('div', '', 'result');
  made.setAttribute('role', 'status');
  claim?.append(made);
  return made;
}

function steps(link: HTMLAnchorElement, verified: Verified): HTMLElement {
  const { size, leaf, root, signer } = verified;
  const values = { size, leaf, root, signer, steps: String(verified.steps), index: String(Number(verified.index) + 1) };
  const { claim = '', verdict = '' } = link.dataset;
  const list = element('ol', '');
  for (const text of [
    fill(words.entry, values),
    fill(words.path, values),
    fill(words.signature, values),
    fill(words.says, { claim, verdict }),
    verified.since === undefined ? words.first : fill(words.consistent, { size: verified.since }),
  ])
    list.append(element('li', text));
  return list;
}

/** What people read, as it stands on the page now. */
function shownBy(link: HTMLAnchorElement): Shown {
  const { index = '', claim = '', verdict = '' } = link.dataset;
  const box = link.closest('.claim');
  const sentence = link.closest('.sentence');
  const textOf = (selector: string, within: Element | null) => within?.querySelector(selector)?.textContent ?? '';
  const said = box?.querySelector('.said')?.textContent;
  const words = textOf(':scope > p', sentence);
  return {
    sentence: sentence?.id ?? '',
    claim,
    index,
    verdict,
    observed: link.parentElement?.querySelector('time')?.dateTime,
    state: textOf('.state', box),
    // A claim that says what the sentence says is not said twice.
    texts: {
      sentence: words,
      predicate: textOf('.predicate', box) || words,
      limits: textOf('.limits', box),
      figures: textOf('.figures', box),
    },
    said: said ?? undefined,
  };
}

/** @returns whether it was verified. */
async function verify(link: HTMLAnchorElement): Promise<boolean> {
  const result = resultOf(link);
  result.className = 'result';
  result.replaceChildren(element('p', words.loading));
  try {
    const shown = shownBy(link);
    const verified = await check(shown, {
      lang: document.documentElement.lang === 'de' ? 'de' : 'en',
      states: words.states,
    });
    showObserved(link);
    result.replaceChildren(steps(link, verified), element('p', words.ok, 'state holds'));
    return true;
  } catch (error) {
    const { step, message } = error instanceof NotVerified ? error : new NotVerified('load', String(error));
    result.className = 'result bad';
    result.replaceChildren(
      element('p', fill(words.failed, { step: words.steps[step] ?? step, reason: message }), 'state fails'),
    );
    return false;
  }
}

/** The time that was verified, in the words of this browser: what the server wrote there is not taken on trust. */
function showObserved(link: HTMLAnchorElement): void {
  const time = link.parentElement?.querySelector('time');
  if (time == null) return;
  const locale = document.documentElement.lang === 'de' ? 'de-DE' : 'en-GB';
  time.textContent = new Date(time.dateTime).toLocaleString(locale, {
    timeZone: 'Europe/Berlin',
    dateStyle: 'medium',
    timeStyle: 'short',
  });
}

const links = [...document.querySelectorAll<HTMLAnchorElement>('a.verify')];
for (const link of links)
  link.addEventListener('click', (event) => {
    event.preventDefault();
    void verify(link);
  });

const all = document.querySelector<HTMLButtonElement>('#verify-all');
const sum = document.querySelector<HTMLElement>('#verify-sum');
if (all !== null && sum !== null && links.length > 0) {
  all.hidden = false;
  all.addEventListener('click', async () => {
    let good = 0;
    for (const link of links) {
      if (await verify(link)) good += 1;
      sum.textContent = fill(words.all, { good: String(good), all: String(links.length) });
    }
  });
}
