import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { masks } from './definition.ts';
import { masked } from './masks.ts';

describe('a masked value', () => {
  it.each([
    ['initial', 'Ada Muster', 'A••••'],
    ['initial', ' Özlem', 'Ö••••'],
    ['initial', '👩‍🚀 Ada', '👩‍🚀••••'],
    ['last4', 'DE89 3704 0044 0532 0130 00', '••••3000'],
    ['last4', 1234567890, '••••7890'],
    ['domain', 'ada@example.org', '••••@example.org'],
    ['year', '1975-04-23', '1975-••-••'],
    ['year', '1975-04-23T10:00:00Z', '1975-••-••'],
    ['full', 'Ada', '••••••••'],
  ] as const)('with %s shows of %s only %s', (mask, value, shown) => {
    expect(masked({ mask }, value)).toBe(shown);
  });

  it.each([
    ['last4', '1234'],
    ['last4', '1234567'],
    ['domain', 'no address'],
    ['domain', 'ends with @'],
    ['year', 'in 1975'],
    ['year', 19750423],
    ['initial', '  '],
    ['initial', ['Ada']],
    ['last4', { iban: 'DE89370400440532013000' }],
    ['full', true],
    [undefined, 'Ada'],
  ] as const)('with %s is hidden whole where it is %s', (mask, value) => {
    expect(masked(mask === undefined ? {} : { mask }, value)).toBe('••••••••');
  });

  it('is nothing where there is none', () => {
    for (const mask of masks) for (const nothing of [undefined, null]) expect(masked({ mask }, nothing)).toBeNull();
  });

  it('never is the value itself, nor tells its length', () => {
    fc.assert(
      fc.property(fc.constantFrom(...masks), fc.string({ minLength: 2 }), (mask, value) => {
        const shown = masked({ mask }, value) ?? '';
        expect(shown).not.toBe(value);
        expect(shown.startsWith('•') || mask === 'initial' || mask === 'year').toBe(true);
        if (mask === 'full') expect(shown).toBe(masked({ mask }, 'x'));
      }),
    );
  });
});
