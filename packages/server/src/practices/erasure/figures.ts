/** How long orders took, in words: the numbers are those of the proof, and nothing is computed here. */
import type { Observation } from '../../claims/probe.ts';
import type { Text } from '../../claims/vocabulary.ts';

/** Minutes as a person says them. */
function span(minutes: number, language: keyof Text): string {
  const [hours, rest] = [Math.floor(minutes / 60), Math.round(minutes % 60)];
  const said = { de: ['Std.', 'Min.'], en: ['h', 'min'] }[language];
  if (hours === 0) return rest === 0 ? { de: 'unter 1 Min.', en: 'under 1 min' }[language] : `${rest} ${said[1]}`;
  return rest === 0 ? `${hours} ${said[0]}` : `${hours} ${said[0]} ${rest} ${said[1]}`;
}

/** @returns `undefined` where no order is final yet. */
export function howLongOrdersTook(counts: Observation['counts']): Text | undefined {
  const number = (name: string): number | undefined => {
    const value = counts[name];
    return typeof value === 'number' ? value : undefined;
  };
  const names = [
    'deadMedianMinutes',
    'deadP99Minutes',
    'deadLongestMinutes',
    'medianMinutes',
    'p99Minutes',
    'longestMinutes',
  ];
  const values = names.map(number);
  const final = number('final');
  if (final === undefined || final === 0 || values.includes(undefined)) return undefined;
  const said = (language: keyof Text) => values.map((value) => span(value ?? 0, language));
  const [d50, d99, dMax, f50, f99, fMax] = said('de');
  const [e50, e99, eMax, g50, g99, gMax] = said('en');
  return {
    de: `${final} ${final === 1 ? 'Auftrag' : 'Aufträge'} in 30 Tagen. Bis die Schlüssel tot waren: Hälfte ${d50}, 99 von 100 ${d99}, längstens ${dMax}. Bis keine Kopie mehr lesbar war: Hälfte ${f50}, 99 von 100 ${f99}, längstens ${fMax}.`,
    en: `${final} ${final === 1 ? 'order' : 'orders'} in 30 days. Until the keys were dead: half of them ${e50}, 99 of 100 ${e99}, at the longest ${eMax}. Until no copy could be read: half of them ${g50}, 99 of 100 ${g99}, at the longest ${gMax}.`,
  };
}
