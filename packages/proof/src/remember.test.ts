import { expect, test } from 'vitest';
import type { TreeHead } from './checkpoint.ts';
import { emptyRoot } from './merkle.ts';
import { checkAgainstRemembered } from './remember.ts';
import { naiveConsistency, naiveRoot, sampleLeaves } from './testing/naive-log.ts';
import { rejects } from './testing/rejects.ts';

const origin = 'example.com/log';
const leaves = sampleLeaves(20);
const head = (size: number, of = leaves): TreeHead => ({
  origin,
  size: BigInt(size),
  root: naiveRoot(of.slice(0, size)),
});
const proof = (from: number, to: number) => naiveConsistency(from, leaves.slice(0, to));

test('a log that only grew, or stayed, passes', () => {
  for (let from = 1; from <= 20; from += 1) {
    for (let to = from; to <= 20; to += 1) checkAgainstRemembered(head(from), head(to), proof(from, to));
  }
  checkAgainstRemembered(head(0), head(20), []);
  checkAgainstRemembered(head(0), head(0), []);
});

test('a log that was put back to an earlier state is noticed', () => {
  const error = rejects(() => checkAgainstRemembered(head(12), head(7), []), 'log_shrunk');
  expect(error.message).toContain('12');
  expect(error.message).toContain('7');
  rejects(() => checkAgainstRemembered(head(1), head(0), []), 'log_shrunk');
});

test('two roots for one size are noticed', () => {
  rejects(() => checkAgainstRemembered(head(12), head(12, sampleLeaves(20, 9)), []), 'log_forked');
  rejects(() => checkAgainstRemembered(head(0), { ...head(0), root: head(1).root }, []), 'log_forked');
});

test('a longer log whose history was rewritten is noticed, whatever proof it brings', () => {
  const rewritten = sampleLeaves(20);
  rewritten[3] = leaves[4] ?? new Uint8Array();
  const forgeries = [naiveConsistency(12, rewritten), proof(12, 20), [], proof(12, 19)];
  for (const forged of forgeries) {
    rejects(() => checkAgainstRemembered(head(12), head(20, rewritten), forged), 'log_inconsistent');
  }
});

test('a wrong or missing proof does not pass for an honest log either', () => {
  rejects(() => checkAgainstRemembered(head(12), head(20), []), 'log_inconsistent');
  rejects(() => checkAgainstRemembered(head(12), head(12), proof(11, 12)), 'log_inconsistent');
  rejects(() => checkAgainstRemembered(head(0), head(20), proof(1, 20)), 'log_inconsistent');
});

test('another log, such as a new generation, is not compared but refused', () => {
  rejects(() => checkAgainstRemembered(head(12), { ...head(20), origin: `${origin}/gen-2` }, []), 'log_other');
});

test('a remembered empty log must have been empty', () => {
  const wrong = { ...head(0), root: head(3).root };
  rejects(() => checkAgainstRemembered(wrong, head(5), []), 'log_inconsistent');
  expect(head(0).root).toEqual(emptyRoot());
});
