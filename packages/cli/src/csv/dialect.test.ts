import { describe, expect, it } from 'vitest';
import { delimiterOf, detectDialect } from './dialect.ts';

describe('the delimiter', () => {
  it.each([
    ['Name;Vorname;Ort\n', ';'],
    ['Name,Vorname,Ort\n', ','],
    ['Name\tVorname\tOrt\r\n', '\t'],
    ['Name|Vorname|Ort\n', '|'],
    ['"Name, Vorname, Titel";Ort;PLZ\n', ';'],
    ['"Name\nder; Person; ganz; genau",Ort\n1;2;3;4\n', ','],
    ['"a ""b;c;d"" e",f\n', ','],
    ['Name\n1,2,3\n', ';'],
    ['\r\n\nName,Ort\n', ','],
    ['a;b,c\n', ';'],
    ['', ';'],
  ])('of %j is %j', (text, delimiter) => {
    expect(detectDialect(text)).toEqual({ delimiter, skipCharacters: 0, skipLines: 0 });
  });

  it('may be said by Excel itself', () => {
    expect(detectDialect('sep=,\r\na;b,c\r\n')).toEqual({ delimiter: ',', skipCharacters: 7, skipLines: 1 });
  });

  it('may be named', () => {
    expect(['tab', '\\t', ';', 'comma', '^'].map(delimiterOf)).toEqual(['\t', '\t', ';', ',', '^']);
    expect(['', ';;', '"', '\n', ' '].map(delimiterOf)).toEqual(Array.from({ length: 5 }, () => undefined));
  });
});
