/** What staff see of a value before they unmask it: enough to recognise it, not enough to know it. */
import type { Definition } from './definition.ts';

type Field = Definition['fields'][string];

/** Of one length, whatever it hides: a length tells of a value too. */
const dots = '••••';
const hidden = dots.repeat(2);

/** `last4` hides at least as much as it shows. */
const shownAtTheEnd = 4;

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });

function initial(text: string): string {
  const [first] = graphemes.segment(text.trim());
  return first === undefined ? hidden : `${first.segment}${dots}`;
}

function last4(text: string): string {
  const letters = [...graphemes.segment(text.replaceAll(/\s/g, ''))].map(({ segment }) => segment);
  return letters.length < 2 * shownAtTheEnd ? hidden : `${dots}${letters.slice(-shownAtTheEnd).join('')}`;
}

function domain(text: string): string {
  const at = text.lastIndexOf('@');
  return at < 1 || at === text.length - 1 ? hidden : `${dots}${text.slice(at)}`;
}

function year(text: string): string {
  const [, digits] = /^(\d{4})-\d{2}(?:-\d{2})?(?:$|T)/.exec(text) ?? [];
  return digits === undefined ? hidden : `${digits}-••-••`;
}

/**
 * The value as its field's definition lets it be seen; without a `mask` there, nothing of it is shown.
 * @returns `null` where there is no value. What does not have the form that the mask expects is hidden whole.
 */
export function masked({ mask }: Pick<Field, 'mask'>, value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string' && typeof value !== 'number') return hidden;
  const text = String(value);
  switch (mask) {
    case 'initial':
      return initial(text);
    case 'last4':
      return last4(text);
    case 'domain':
      return domain(text);
    case 'year':
      return year(text);
    default:
      return hidden;
  }
}
