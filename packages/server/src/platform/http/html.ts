/** HTML that cannot be broken by what is put into it: every value is escaped, unless it is HTML of this kind itself. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toString(): string {
    return this.text;
  }
}

type Part = Html | string | number | undefined | false | readonly Part[];

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (sign) => entities[sign] ?? '');

function shown(part: Part): string {
  if (part instanceof Html) return part.text;
  if (part === undefined || part === false) return '';
  if (typeof part === 'string' || typeof part === 'number') return escapeHtml(String(part));
  return part.map(shown).join('');
}

/** `html\`<p>${text}</p>\``: attributes must be quoted. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.reduce((text, piece, index) => `${text}${shown(parts[index - 1])}${piece}`));
}

/** JSON for a data block in a page: it cannot end the block. */
export const jsonBlock = (value: unknown) => new Html(JSON.stringify(value).replaceAll('<', '\\u003c'));
