/** The words of the page: every statement is kept, and every number that the words name is counted. */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createTestApp, type TestApp } from '../testing/app.ts';
import { statementIds } from './statements.ts';

interface Page {
  readonly practices: readonly {
    readonly sentences: readonly {
      readonly claims: readonly {
        readonly id: string;
        readonly proof: { readonly verdict: string; readonly counts: Readonly<Record<string, number>> } | null;
      }[];
    }[];
  }[];
}

let test: TestApp;
beforeAll(async () => {
  test = await createTestApp({ cluster: inject('cluster') });
  await test.app.page.runner.runDue();
});
afterAll(() => test.close());

const claimsOfPage = async () =>
  (await test.http.get('/page.json', { token: null }))
    .json<Page>()
    .practices.flatMap(({ sentences }) => sentences.flatMap(({ claims }) => claims));

describe('the catalogue', () => {
  it('has a sentence for every statement, and a claim in every sentence', () => {
    const sentences = test.app.page.practices.flatMap(({ sentences: own }) => own);
    const covered = sentences.flatMap(({ statements }) => statements);
    expect([...new Set(covered)].sort()).toEqual([...statementIds].sort());
    expect(covered).toHaveLength(statementIds.length);
    for (const sentence of sentences) expect(sentence.claims.length, sentence.id).toBeGreaterThan(0);
    expect(test.app.page.practices).toHaveLength(12);
  });

  it('has ids that are used once, and words in both languages that say something', () => {
    const all = test.app.page.practices.flatMap(({ sentences }) => sentences);
    const ids = [...all.map(({ id }) => id), ...all.flatMap(({ claims }) => claims.map(({ id }) => id))];
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id, text, claims } of all) {
      expect(id).toMatch(/^[a-z-]+\.[a-z-]+$/);
      for (const words of [text, ...claims.map(({ predicate }) => predicate)])
        for (const one of [words.de, words.en]) expect(one.length, id).toBeGreaterThan(15);
      for (const one of claims)
        if (one.grade === 'measured') expect(one.limits.de.length, one.id).toBeGreaterThan(10);
        else expect(one.missing.de.length, one.id).toBeGreaterThan(10);
    }
  });

  it('tells the figures of what it measures, with every count that their words name', async () => {
    const newest = new Map((await claimsOfPage()).map(({ id, proof }) => [id, proof]));
    const open = (await test.http.get('/en', { token: null })).text;
    const told = test.app.page.practices
      .flatMap(({ sentences }) => sentences.flatMap(({ claims }) => claims))
      .filter((one) => one.grade === 'measured' && one.figures !== undefined);
    expect(told.length).toBeGreaterThan(20);
    for (const one of told) {
      const proof = newest.get(one.id);
      const figures = one.grade === 'measured' && proof?.verdict !== 'unknown' ? one.figures : undefined;
      for (const [, name = ''] of figures?.en.matchAll(/\{(\w+)/g) ?? [])
        expect(proof?.counts, one.id).toHaveProperty(name);
      if (figures !== undefined)
        expect(open).toContain(`<p class="figures">${figures.en.slice(0, figures.en.indexOf('{'))}`);
      if (one.grade === 'measured')
        expect(one.figures?.de.match(/\{[^}]+\}/g)).toEqual(one.figures?.en.match(/\{[^}]+\}/g));
    }
  });
});
