/** The page, its JSON and its Markdown say the same: whoever reads one misses nothing that stands in another. */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createTestApp, type TestApp } from '../testing/app.ts';

interface Block {
  readonly kind: string;
  readonly text?: string;
  readonly items?: readonly string[];
  readonly title?: string;
  readonly command?: string;
}
interface Words {
  readonly de: string;
  readonly en: string;
}
interface Twin {
  readonly parts: Record<
    'de' | 'en',
    readonly { readonly id: string; readonly title: string; readonly blocks: Block[] }[]
  >;
  readonly imprint: string | null;
  readonly practices: readonly {
    readonly title: Words;
    readonly sentences: readonly {
      readonly text: Words;
      readonly claims: readonly {
        readonly predicate: Words;
        readonly limits: Words;
        readonly missing: Words | null;
        readonly references: readonly { readonly catalogue: string; readonly id: string }[];
        readonly proof: { readonly index: number } | null;
      }[];
    }[];
  }[];
}

let test: TestApp;
beforeAll(async () => {
  test = await createTestApp({
    cluster: inject('cluster'),
    settings: {
      operator: 'Beispiel GmbH',
      contact: { email: 'sicherheit@example.org', url: 'https://example.org/kontakt' },
      page: {
        about: { de: 'Wir sind <klein> & genau.', en: 'We are <small> & exact.' },
        imprint: 'https://example.org/impressum',
        privacy: 'https://example.org/datenschutz',
      },
    },
  });
  await test.app.page.runner.runDue();
});
afterAll(() => test.close());

const get = async (path: string) => (await test.http.get(path, { token: null })).text;
/** As it stands in the source of the page. */
const escaped = (text: string) =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
const textsOf = ({ text, items = [], title, command }: Block) =>
  [text, ...items, title, command].filter((one) => one !== undefined);

describe.each([
  ['de', '/', '/page.md'],
  ['en', '/en', '/en/page.md'],
] as const)('in %s', (language, path, markdownPath) => {
  it('every sentence, claim, limit, reference and proof stands in all three', async () => {
    const [markup, markdown, text] = await Promise.all([get(path), get(markdownPath), get('/page.json')]);
    const { practices } = JSON.parse(text) as Twin;
    const claims = practices.flatMap(({ sentences }) => sentences.flatMap((one) => one.claims));
    expect(claims.length).toBeGreaterThan(40);
    const words = [
      ...practices.map(({ title }) => title[language]),
      ...practices.flatMap(({ sentences }) => sentences.map((one) => one.text[language])),
      ...claims.flatMap((one) => [one.predicate[language], one.missing?.[language] ?? one.limits[language]]),
    ];
    for (const word of words) {
      expect(markdown, word).toContain(word);
      expect(markup, word).toContain(escaped(word));
    }
    for (const { references, proof } of claims) {
      for (const { catalogue, id } of references) expect(markdown).toContain(`${catalogue} ${id}`);
      if (proof !== null) expect(markdown).toContain(`/log/page/proof/${proof.index}`);
    }
  });

  it('every other part stands in all three, in the same order', async () => {
    const [markup, markdown, text] = await Promise.all([get(path), get(markdownPath), get('/page.json')]);
    const { parts, imprint } = JSON.parse(text) as Twin;
    const own = parts[language];
    expect(own.map(({ id }) => id)).toEqual(['sites', 'how', 'about', 'contact', 'accessibility']);
    const places = (source: string, form: (title: string) => string) =>
      own.map(({ title }) => source.indexOf(form(title)));
    for (const found of [
      places(markdown, (title) => `\n## ${title}\n`),
      places(markup, (title) => `-title">${escaped(title)}</h2>`),
    ]) {
      expect(found).not.toContain(-1);
      expect(found).toEqual([...found].sort((a, b) => a - b));
    }
    for (const { blocks } of own)
      for (const words of blocks.flatMap(textsOf)) {
        expect(markdown).toContain(words);
        expect(markup).toContain(escaped(words));
      }
    expect(markdown).toContain(`(${imprint})`);
    expect(markup).toContain(`href="${imprint}"`);
  });
});

it('has a statement on accessibility with all that is usual in Germany, and an address to report to', async () => {
  const { parts } = JSON.parse(await get('/page.json')) as Twin;
  const [statement] = parts.de.filter(({ id }) => id === 'accessibility');
  const headings = statement?.blocks.filter(({ kind }) => kind === 'heading').map(({ text }) => text);
  expect(headings).toEqual([
    'Wofür das gilt',
    'Stand der Vereinbarkeit',
    'Was nicht barrierefrei ist',
    'Wie und wann das festgestellt wurde',
    'Barriere melden',
  ]);
  expect(JSON.stringify(statement)).toMatch(/\d\d\.\d\d\.\d{4}/);
  expect(JSON.stringify(parts.de)).toContain('mailto:sicherheit@example.org');
});

it('stays under 100 kB, all of it', async () => {
  expect(Buffer.byteLength(await get('/'))).toBeLessThan(100_000);
});
