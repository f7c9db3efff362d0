import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ColumnType, convertValue, type Decimal } from './values.ts';

function outcome(text: string, type: ColumnType, decimal?: Decimal): unknown {
  const converted = convertValue(text, type, decimal);
  return 'problem' in converted ? converted.problem : converted.value;
}

describe('a field', () => {
  it.each<[string, ColumnType, unknown]>([
    ['', 'text', undefined],
    ['  ', 'number', undefined],
    [' Müller ', 'text', 'Müller'],
    ['007', 'text', '007'],
    ['a\uFFFDb', 'text', 'undecodable'],
    ['a\0b', 'text', 'undecodable'],

    ['1.234,56', 'number', 1234.56],
    ['1234,56', 'number', 1234.56],
    ['-1.234.567,8', 'number', -1234567.8],
    ['+3', 'number', 3],
    ['0,5', 'number', 0.5],
    ['-0', 'number', 0],
    ['1.234', 'number', 1234],
    ['12.5', 'number', 'number_unclear'],
    ['1234.56', 'number', 'number_unclear'],
    ['1,234.56', 'number', 'number_unclear'],
    ['1.23.456', 'number', 'number_unclear'],
    ['1,2,3', 'number', 'not_a_number'],
    [',5', 'number', 'not_a_number'],
    ['5 €', 'number', 'not_a_number'],
    ['1e5', 'number', 'not_a_number'],
    ['NaN', 'number', 'not_a_number'],
    ['007', 'number', 'leading_zero'],
    ['12345678901234567890', 'number', 'number_too_large'],
    ['0,1234567890123456', 'number', 'number_too_large'],
    ['9007199254740993', 'integer', 'number_too_large'],
    ['42', 'integer', 42],
    ['1.000', 'integer', 1000],
    ['42,0', 'integer', 42],
    ['42,5', 'integer', 'not_an_integer'],

    ['31.12.1999', 'date', '1999-12-31'],
    ['1.2.2024', 'date', '2024-02-01'],
    ['29.02.2024', 'date', '2024-02-29'],
    ['29.02.2023', 'date', 'date_unreal'],
    ['31.04.2020', 'date', 'date_unreal'],
    ['00.00.0000', 'date', 'date_unreal'],
    ['01.13.2020', 'date', 'date_unreal'],
    ['1999-12-31', 'date', '1999-12-31'],
    ['1999-02-30', 'date', 'date_unreal'],
    ['31.12.99', 'date', 'not_a_date'],
    ['12/31/1999', 'date', 'not_a_date'],
    ['gestern', 'date', 'not_a_date'],

    ['ja', 'boolean', true],
    ['Nein', 'boolean', false],
    ['WAHR', 'boolean', true],
    ['falsch', 'boolean', false],
    ['1', 'boolean', true],
    ['vielleicht', 'boolean', 'not_a_boolean'],
  ])('%j as %s is %j', (text, type, value) => {
    expect(outcome(text, type)).toBe(value);
  });

  it('is read with a decimal point where that is said', () => {
    expect(outcome('1,234.56', 'number', 'point')).toBe(1234.56);
    expect(outcome('1.234,56', 'number', 'point')).toBe('number_unclear');
  });

  it('comes back from how German programs write numbers', () => {
    const format = new Intl.NumberFormat('de-DE', { maximumFractionDigits: 4 });
    const plain = new Intl.NumberFormat('de-DE', { maximumFractionDigits: 4, useGrouping: false });
    fc.assert(
      fc.property(
        fc.integer({ min: -9_999_999_999, max: 9_999_999_999 }),
        fc.integer({ min: 0, max: 4 }),
        (digits, places) => {
          const value = digits / 10 ** places;
          expect(outcome(format.format(value), 'number')).toBe(value === 0 ? 0 : value);
          expect(outcome(plain.format(value), 'number')).toBe(value === 0 ? 0 : value);
        },
      ),
    );
  });

  it('comes back from how German programs write dates', () => {
    const days = fc.date({ min: new Date('1000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(days, (date) => {
        const day = date.toISOString().slice(0, 10);
        expect(outcome(day.split('-').toReversed().join('.'), 'date')).toBe(day);
        expect(outcome(day, 'date')).toBe(day);
      }),
    );
  });

  it('is a value or a problem, whatever it says', () => {
    const types = fc.constantFrom<ColumnType>('text', 'number', 'integer', 'date', 'boolean');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), types, (text, type) => {
        const converted = convertValue(text, type);
        if ('value' in converted && typeof converted.value === 'number')
          expect(Number.isFinite(converted.value)).toBe(true);
      }),
    );
  });
});
