import {
  hashLeaf,
  parseCheckpoint,
  parseEntryBundle,
  parseVerifierKey,
  verifyInclusion,
  verifyNote,
} from '@obhut/proof';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { createTestApp, type TestApp } from '../testing/app.ts';
import { createHouse } from '../testing/household.ts';

let test: TestApp;

beforeEach(async () => {
  test = await createTestApp({ cluster: inject('cluster') });
});
afterEach(async () => test.close());

interface Anchor {
  readonly page: { readonly index: number };
  readonly checkpoint: string;
  readonly salt: string;
  readonly position: number;
  readonly count: number;
  readonly proof: readonly string[];
}

const bytes = (text: string) => Buffer.from(text, 'base64');

async function until<Result>(look: () => Promise<Result | undefined>): Promise<Result> {
  for (let tries = 0; tries < 200; tries += 1) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('it never came');
}

it('lets a customer check with public data alone that a checkpoint of the own log is anchored', async () => {
  const house = await createHouse(test.http);
  await house.person();
  const anchor = await until(async () => {
    const answer = await test.http.get(`${house.base}/journal/anchor`);
    return answer.status === 200 ? answer.json<Anchor>() : undefined;
  });
  const { origin } = (await test.app.journal.logs.of(house.customer as never, 'access')) ?? {};
  expect(anchor.checkpoint.split('\n')[0]).toBe(origin);

  // The page log, as anybody can read it: checkpoint under the published key, then the entry.
  const page = async (path: string) => (await test.app.server.inject(`/log/page/${path}`)).rawPayload;
  const key = parseVerifierKey((await page('key')).toString().trim());
  const checkpoint = await until(async () => {
    const parsed = parseCheckpoint(await page('checkpoint'));
    return parsed.size > BigInt(anchor.page.index) ? parsed : undefined;
  });
  expect(await verifyNote(checkpoint.note, [key])).toHaveLength(1);
  const width = Number(checkpoint.size);
  const entry = parseEntryBundle(await page(`tile/entries/000.p/${width}`), width)[anchor.page.index];
  const { kind, refs } = JSON.parse(Buffer.from(entry ?? []).toString()) as {
    kind: string;
    refs: { root: string; count: number };
  };
  expect({ kind, count: refs.count }).toEqual({ kind: 'anchor', count: anchor.count });

  const leafHash = hashLeaf(Buffer.concat([bytes(anchor.salt), Buffer.from(anchor.checkpoint)]));
  const path = {
    index: BigInt(anchor.position),
    size: BigInt(anchor.count),
    leafHash,
    proof: anchor.proof.map(bytes),
    root: bytes(refs.root),
  };
  verifyInclusion(path);
  expect(() => verifyInclusion({ ...path, leafHash: hashLeaf(Buffer.from(anchor.checkpoint)) })).toThrow();
});

it('tells the public nothing of the logs behind an anchor', async () => {
  const house = await createHouse(test.http);
  const bundle = await until(async () => {
    const answer = await test.app.server.inject('/log/page/tile/entries/000.p/1');
    return answer.statusCode === 200 ? answer.rawPayload.toString() : undefined;
  });
  expect(bundle).not.toContain(house.customer);
  for (const log of await test.app.journal.logs.all()) expect(bundle).not.toContain(log.origin.split('/').at(-1));
});
