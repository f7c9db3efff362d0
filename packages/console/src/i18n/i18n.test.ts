import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { de } from './de.ts';
import { sie } from './de-sie.ts';
import { en } from './en.ts';

type Tree = { readonly [key: string]: string | Tree };

const flat = (tree: Tree, path = ''): [string, string][] =>
  Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [[`${path}${key}`, value] as [string, string]] : flat(value, `${path}${key}.`),
  );

const german = new Map(flat(de));
const english = new Map(flat(en as Tree));
const folder = new URL('..', import.meta.url).pathname;
const sources = readdirSync(folder, { recursive: true })
  .map(String)
  .filter((name) => /\.tsx?$/.test(name) && !name.startsWith('i18n/'))
  .map((name) => readFileSync(join(folder, name), 'utf8'))
  .join('\n');

describe('the words of the console', () => {
  it('are there in both languages, with the same gaps', () => {
    expect([...english.keys()].sort()).toEqual([...german.keys()].sort());
    const gaps = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name).sort();
    for (const [key, text] of german) expect(gaps(english.get(key) ?? ''), key).toEqual(gaps(text));
  });

  it('address people with Sie throughout, where that is wanted', () => {
    const gaps = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name).sort();
    for (const [key, text] of Object.entries(sie)) {
      expect(german.has(key), key).toBe(true);
      expect(gaps(text), key).toEqual(gaps(german.get(key) ?? ''));
    }
    const familiar =
      /(?<![A-Za-zÄÖÜäöüß])([Dd](u|ich|ir|ein(e[nmrs]?)?)|[Ee]u(er|re[nmrs]?|ch)|Versuche|Melde|Lege|Trage|Wähle|Bitte die|Scanne|Vergleiche|Vertraue|Prüfe|Gib|Lade|Richte)(?![A-Za-zÄÖÜäöüß])/;
    const plural = /(?<![A-Za-zÄÖÜäöüß])[Ii]hr(?![A-Za-zÄÖÜäöüß])/;
    const left = [...german]
      .filter(([key, text]) => familiar.test(sie[key] ?? text) || (sie[key] === undefined && plural.test(text)))
      .map(([key]) => key);
    expect(left).toEqual([]);
  });

  it('are calm: no exclamation marks, none left empty', () => {
    for (const words of [german, english])
      for (const [key, text] of words) {
        expect(text.trim(), key).not.toBe('');
        expect(text, key).not.toContain('!');
      }
  });

  it('are all used somewhere', () => {
    const used = (key: string) => {
      const plain = key.replace(/_(one|other|sie)$/, '');
      if (sources.includes(`'${plain}'`)) return true;
      // `role.${role}` and the like: the group is used with a name that is computed.
      const group = plain.slice(0, plain.lastIndexOf('.') + 1);
      return group !== '' && sources.includes(`\`${group}\${`);
    };
    expect([...german.keys()].filter((key) => !used(key))).toEqual([]);
  });
});
