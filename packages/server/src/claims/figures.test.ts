import { expect, it } from 'vitest';
import { figuresOf } from './figures.ts';
import type { Proof } from './proof-store.ts';
import { measured, unknown } from './vocabulary.ts';

const text = { de: 'Orte: {sites}, in {took:time}.', en: 'Sites: {sites}, in {took:time}.' };
const claim = measured({
  id: 'test.claim',
  predicate: text,
  limits: text,
  figures: text,
  probe: { id: 'test', version: 1, everyMs: 1, timeoutMs: 1, run: async () => ({ verdict: 'holds', counts: {} }) },
});
const proof = (counts: Proof['counts'], verdict: Proof['verdict'] = 'holds'): Proof => ({
  claim: claim.id,
  verdict,
  counts,
  reason: undefined,
  probe: 'test',
  probeVersion: 1,
  observedAt: new Date(0),
  tookMs: 1,
  index: 0,
});

it('reads numbers as the language writes them, and minutes as hours', () => {
  expect(figuresOf(claim, proof({ sites: 12_345, took: 718 }), 'de')).toBe('Orte: 12.345, in 11 h 58 min.');
  expect(figuresOf(claim, proof({ sites: 12_345, took: 59 }, 'fails'), 'en')).toBe('Sites: 12,345, in 59 min.');
});

it('says nothing where a count is missing, where nothing is known, and of what has no figures', () => {
  expect(figuresOf(claim, proof({ sites: 1 }), 'en')).toBeUndefined();
  expect(figuresOf(claim, proof({ sites: 1, took: 1 }, 'unknown'), 'en')).toBeUndefined();
  expect(figuresOf(claim, undefined, 'en')).toBeUndefined();
  const open = unknown({ id: 'test.open', predicate: text, missing: text });
  expect(figuresOf(open, proof({ sites: 1, took: 1 }), 'en')).toBeUndefined();
});
