/** A page that lies: each of its parts, beside proofs that are all good. */
import { createHash } from 'node:crypto';
import { parseVerifierKey, type TreeHead, verifyTlogProof } from '@obhut/proof';
import { beforeEach, describe, expect, it } from 'vitest';
import { createSigner } from '../../proof/src/testing/receipt.ts';
import {
  figuresText,
  needsSums,
  type PageClaim,
  type PageSentence,
  sentenceWords,
  showSamePageLog,
  verifyPageClaim,
  verifyPageSentence,
} from './page.ts';
import { createStubLog, type StubLog } from './testing/stub-log.ts';

const now = new Date('2026-11-25T12:00:00.000Z');
const text = (en: string) => ({ de: `${en} (de)`, en });
const hourMs = 3_600_000;

const measured = (over: Partial<NonNullable<PageClaim['proof']>> = {}, verdict = 'holds'): PageClaim => ({
  id: 'encryption.at-rest',
  grade: 'measured',
  verdict,
  predicate: text('All is sealed.'),
  limits: text('Says nothing of paper.'),
  figures: text('{values} values, in {minutes:time}.'),
  missing: null,
  byHand: null,
  probe: { id: 'sealed', version: 1, budgetMs: 3 * hourMs },
  proof: {
    index: 1,
    verdict: 'holds',
    probe: 'sealed',
    version: 1,
    observedAt: '2026-11-25T11:00:00.000Z',
    counts: { values: 7, wrong: 0, minutes: 718 },
    ...over,
  },
  attestation: null,
});
const vouched = (over: Partial<NonNullable<PageClaim['attestation']>> = {}, verdict = 'holds'): PageClaim => ({
  ...measured(),
  id: 'location.data-centres',
  grade: 'unknown',
  verdict,
  probe: null,
  proof: null,
  byHand: 'attested',
  missing: text('No certificate.'),
  attestation: {
    index: 2,
    grade: 'attested',
    by: 'Security',
    text: text('Certificate 4711.'),
    document: null,
    until: '2026-12-31T00:00:00.000Z',
    ...over,
  },
});
const sentenceOf = (...claims: PageClaim[]): PageSentence => ({
  id: 'encryption.sentence',
  text: text('Customer data lies encrypted.'),
  verdict: 'holds',
  index: 0,
  claims,
});

const sha = (words: string, as: 'hex' | 'base64') => createHash('sha256').update(words).digest(as);
const honest = sentenceOf(measured(), vouched());
const vouching = vouched().attestation;
const entries = [
  {
    kind: 'claim.sentence',
    refs: { sentence: honest.id, change: 'published', digest: sha(sentenceWords(honest), 'base64') },
  },
  {
    kind: 'claim.proof',
    refs: {
      claim: 'encryption.at-rest',
      verdict: 'holds',
      probe: 'sealed',
      version: 1,
      observed: '2026-11-25T11:00:00.000Z',
      count_values: 7,
      count_wrong: 0,
      count_minutes: 718,
    },
  },
  {
    kind: 'claim.attest',
    refs: {
      claim: 'location.data-centres',
      verdict: 'attested',
      digest: sha(
        JSON.stringify([
          'location.data-centres',
          'attested',
          vouching?.by,
          vouching?.text.de,
          vouching?.text.en,
          null,
          vouching?.until,
        ]),
        'hex',
      ),
    },
  },
];

let log: StubLog;
beforeEach(async () => {
  log = await createStubLog('obhut.example/log/page');
  for (const entry of entries) log.append(entry);
});
const keys = () => [parseVerifierKey(log.key)];
const claim = async (one: PageClaim, index = one.proof?.index ?? 2, at = now) =>
  verifyPageClaim(one, await log.proof(index), keys(), at);
const differs = (what: string) => expect.objectContaining({ code: 'page_differs', what }) as Error;

describe('a page that says what its log says', () => {
  it('is verified: what is measured, what somebody vouches for, and the words', async () => {
    await expect(claim(measured())).resolves.toMatchObject({ index: 1n });
    await expect(claim(vouched())).resolves.toMatchObject({ index: 2n });
    await expect(verifyPageSentence(honest, await log.proof(0), keys())).resolves.toMatchObject({ index: 0n });
  });

  it('says unknown of what was measured too long ago, and of what nobody vouches for any more', async () => {
    const later = new Date('2026-11-25T15:00:00.000Z');
    await expect(claim(measured({}, 'unknown'), 1, later)).resolves.toBeDefined();
    await expect(claim(measured(), 1, later)).rejects.toThrow(differs('verdict'));
    await expect(claim(vouched(), 2, new Date('2027-01-02T00:00:00.000Z'))).rejects.toThrow(differs('verdict'));
  });
});

describe('figures', () => {
  const entry = (refs: object) => new TextEncoder().encode(JSON.stringify({ refs }));

  it('read as the log has them, in the language of the page', () => {
    const counts = { verdict: 'holds', count_values: 12_345, count_minutes: 718 };
    expect(figuresText(measured(), entry(counts), 'en')).toBe('12,345 values, in 11 h 58 min.');
    expect(figuresText(measured(), entry(counts), 'de')).toBe('12.345 values, in 11 h 58 min. (de)');
    expect(figuresText(measured(), entry({ ...counts, count_minutes: 59 }), 'en')).toContain('in 59 min.');
  });

  it('say nothing where something was not counted, or nothing is known', () => {
    expect(figuresText(measured(), entry({ verdict: 'holds', count_values: 1 }), 'en')).toBe('');
    expect(figuresText(measured(), entry({ verdict: 'unknown', count_values: 1, count_minutes: 2 }), 'en')).toBe('');
    expect(figuresText({ ...measured(), figures: null }, entry({ verdict: 'holds' }), 'en')).toBe('');
  });
});

describe('a page that lies beside good proofs is caught', () => {
  it.each([
    ['holds, where the log says so of nothing', { verdict: 'fails' }, 'verdict'],
    ['another time', { observedAt: '2026-11-25T11:59:00.000Z' }, 'observedAt'],
    ['another number', { counts: { values: 7, wrong: 1, minutes: 718 } }, 'counts.wrong'],
    ['a number left out', { counts: { values: 7 } }, 'counts'],
    ['another probe', { probe: 'better' }, 'probe'],
  ])('%s', async (_, over, what) => {
    await expect(claim(measured(over))).rejects.toThrow(differs(what));
  });

  it('a verdict that does not follow from its own proof', async () => {
    await expect(claim(measured({}, 'fails'))).rejects.toThrow(differs('verdict'));
    await expect(claim(measured({}, 'unknown'))).rejects.toThrow(differs('verdict'));
  });

  it('the proof of another claim', async () => {
    await expect(claim({ ...measured(), id: 'erasure.irrevocable' })).rejects.toThrow(differs('claim'));
    await expect(claim(measured({ index: 2 }), 2)).rejects.toThrow(differs('claim'));
  });

  it.each([
    ['who vouches', { by: 'Somebody else' }],
    ['what for', { text: text('Certificate 4712.') }],
    ['until when', { until: '2027-12-31T00:00:00.000Z' }],
  ])('%s', async (_, over) => {
    await expect(claim(vouched(over))).rejects.toThrow(differs('attestation'));
  });

  it.each([
    ['a sentence', { text: text('Customer data lies about.') }],
    ['a predicate', { claims: [{ ...measured(), predicate: text('Most is sealed.') }, vouched()] }],
    ['the figures', { claims: [{ ...measured(), figures: text('0 values.') }, vouched()] }],
    ['the limits', { claims: [{ ...measured(), limits: text('') }, vouched()] }],
    [
      'a longer budget',
      { claims: [{ ...measured(), probe: { id: 'sealed', version: 1, budgetMs: 1e12 } }, vouched()] },
    ],
    ['a claim left out', { claims: [measured()] }],
  ])('other words: %s', async (_, over) => {
    const said = { ...honest, ...over };
    await expect(verifyPageSentence(said, await log.proof(0), keys())).rejects.toThrow(differs('words'));
  });

  it('a sum that leaves out the worst', () => {
    const page = (verdict: string, sum: string) => ({
      at: now.toISOString(),
      practices: [{ id: 'encryption', verdict: sum, sentences: [{ ...sentenceOf(measured({}, 'fails')), verdict }] }],
    });
    expect(() => needsSums(page('fails', 'fails'))).not.toThrow();
    expect(() => needsSums(page('holds', 'holds'))).toThrow(differs('encryption.sentence: verdict'));
    expect(() => needsSums(page('fails', 'holds'))).toThrow(differs('encryption: verdict'));
  });
});

describe('two logs under one key', () => {
  it('are found out, though every proof of either is good', async () => {
    const signer = await createSigner('obhut.example/log/page');
    const shown = await createStubLog('obhut.example/log/page', signer);
    const hidden = await createStubLog('obhut.example/log/page', signer);
    for (const entry of entries) shown.append(entry);
    hidden.append({ kind: 'claim.sentence', refs: { sentence: 'another' } });
    for (const entry of entries.slice(1)) hidden.append(entry);
    const key = parseVerifierKey(shown.key);
    const headOf = async (one: StubLog): Promise<TreeHead> =>
      verifyTlogProof({ file: new TextEncoder().encode(await one.proof(1)), keys: [key] });
    const load = async (path: string) =>
      path.includes('consistency')
        ? JSON.stringify(await shown.consistency(Number(path.split('=')[1])))
        : shown.checkpoint();
    const heads = [await headOf(shown), await headOf(hidden)];
    for (const entry of entries) shown.append(entry);
    await expect(showSamePageLog(load, key, heads.slice(0, 1))).resolves.toMatchObject({ head: { size: 6n } });
    await expect(showSamePageLog(load, key, heads)).rejects.toMatchObject({ code: 'log_inconsistent' });
  });
});
