/** What the page says beside its practices, once for HTML, JSON and Markdown: all three have the same parts in the same order. */
import type { Settings } from '../platform/config/settings.ts';
import type { Site } from '../platform/sites/site.ts';
import { accessibilityParts } from './accessibility.ts';
import { byHand } from './page-by-hand.ts';
import { type Language, wordsOf } from './page-words.ts';

export type Block =
  | { readonly kind: 'text' | 'note' | 'heading' | 'command'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | { readonly kind: 'link'; readonly href: string; readonly text: string }
  /** Opened by whoever wants it. */
  | { readonly kind: 'more'; readonly title: string; readonly command: string };

export interface Part {
  readonly id: 'sites' | 'how' | 'about' | 'contact' | 'accessibility';
  readonly title: string;
  readonly blocks: readonly Block[];
}

export interface PartsFrame {
  readonly language: Language;
  readonly form: 'du' | 'sie';
  readonly own: Settings['page'];
  readonly sites: readonly Site[];
  /** Known: if one place were lost, data would be. */
  readonly notRedundant: boolean;
  readonly contact: { readonly email?: string; readonly url?: string };
  readonly url: string;
  readonly logKey: string;
}

const locales = { de: 'de-DE', en: 'en-GB' } as const;

export function partsOf({
  language,
  form,
  own,
  sites,
  notRedundant,
  contact,
  url,
  logKey,
}: PartsFrame): readonly Part[] {
  const { t } = wordsOf(language, form);
  const countries = new Intl.DisplayNames([locales[language]], { type: 'region' });
  const text = (words: string): Block => ({ kind: 'text', text: words });
  const note = (words: string): Block => ({ kind: 'note', text: words });

  const addresses: Block[] = [
    ...(contact.email === undefined
      ? []
      : [{ kind: 'link', href: `mailto:${contact.email}`, text: contact.email } as const]),
    ...(contact.url === undefined ? [] : [{ kind: 'link', href: contact.url, text: contact.url } as const]),
  ];

  return [
    {
      id: 'sites',
      title: t('sites'),
      blocks: [
        { kind: 'list', items: sites.map(({ name, country }) => `${name}, ${countries.of(country) ?? country}`) },
        ...(notRedundant ? [note(t('notRedundant'))] : []),
      ],
    },
    {
      id: 'how',
      title: t('how'),
      blocks: [
        text(t('howText')),
        { kind: 'command', text: `npx obhut verify ${url} --key '${logKey}'` },
        { kind: 'more', title: t('byHand'), command: byHand({ url, logKey, language }) },
        note(t('howLimits')),
      ],
    },
    ...(own?.about === undefined
      ? []
      : [{ id: 'about', title: t('about'), blocks: [text(own.about[language]), note(t('aboutOwn'))] } as const]),
    {
      id: 'contact',
      title: t('contact'),
      blocks: addresses.length === 0 ? [text(t('noContact'))] : addresses,
    },
    {
      id: 'accessibility',
      title: t('accessibility'),
      blocks: [
        ...accessibilityParts.flatMap((part): Block[] => [
          { kind: 'heading', text: part.title[language] },
          text(part.text[language]),
          ...(part.list === undefined ? [] : [{ kind: 'list', items: part.list.map((one) => one[language]) } as const]),
        ]),
        { kind: 'heading', text: t('report') },
        text(t('accessibilityReport')),
      ],
    },
  ];
}
