/** The public page: from the server, verified in a browser, and what its probes cost beside a million records. */
import { launchBrowser, visit } from '../../e2e/src/browser.ts';
import { removeFolder, startProduct } from '../../e2e/src/product.ts';
import type { Prepared } from './commands.ts';
import { type Figure, figure, load, median, startSubject } from './harness.ts';
import type { LoadResult } from './load.ts';
import { requestsOf } from './read.ts';

const records = Number(process.env.OBHUT_BENCH_RECORDS ?? 1_000_000);
const readers = 16;
const seconds = 6;
const rounds = 3;

export async function benchPage(): Promise<Figure[]> {
  return [...(await inTheBrowser()), ...(await besideRecords())];
}

/** A visitor's first visit: one claim, and then all of them. */
async function inTheBrowser(): Promise<Figure[]> {
  const product = await startProduct();
  const browser = await launchBrowser();
  try {
    await allProven(product.url);
    const { page, context } = await visit(browser, product.url, { language: 'en' });
    await page.goto('/en');
    const one = await page.evaluate<number>(`(async () => {
      const begun = performance.now();
      const claim = document.querySelector('a.verify').closest('.claim');
      claim.querySelector('a.verify').click();
      while (claim.querySelector('.result .holds') === null) await new Promise((next) => setTimeout(next, 2));
      return performance.now() - begun;
    })()`);
    const all = await page.evaluate<number>(`(async () => {
      const begun = performance.now();
      const count = document.querySelectorAll('a.verify').length;
      document.querySelector('#verify-all').click();
      while (document.querySelectorAll('.result .holds').length < count || !document.querySelector('#verify-sum').textContent.startsWith(count + ' '))
        await new Promise((next) => setTimeout(next, 2));
      return performance.now() - begun;
    })()`);
    const bytes = Buffer.byteLength(await (await fetch(`${product.url}/en`)).text());
    await context.close();
    return [
      figure('page-bytes', bytes / 1_000, 'kB'),
      figure('page-verify-one', one, 'ms'),
      figure('page-verify-all', all, 'ms'),
    ];
  } finally {
    await browser.close();
    await product.stop();
    await removeFolder(product.data);
  }
}

async function allProven(url: string): Promise<void> {
  for (let waited = 0; waited < 200; waited += 1) {
    const { practices } = (await (await fetch(`${url}/page.json`)).json()) as {
      practices: { sentences: { claims: { grade: string; proof: { index: number } | null }[] }[] }[];
    };
    const proofs = practices
      .flatMap(({ sentences }) => sentences.flatMap(({ claims }) => claims))
      .filter(({ grade }) => grade === 'measured')
      .map(({ proof }) => proof?.index ?? Number.POSITIVE_INFINITY);
    if ((await fetch(`${url}/log/page/proof/${Math.max(...proofs)}`)).status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error('the probes did not run');
}

/** Every probe, one after the other as in life, while somebody reads; the reads' baseline is the time before. */
async function besideRecords(): Promise<Figure[]> {
  const subject = await startSubject();
  try {
    const prepared = await subject.ask<Prepared>('prepare', { persons: 10_000 });
    await subject.ask('fill', { records });
    await subject.ask('probes');
    await subject.ask('settle');
    const page = { port: subject.port, connections: 1, seconds, status: 200 };
    const html = await load({ ...page, requests: ['GET / HTTP/1.1\r\nhost: x\r\n\r\n'] });
    const reads = {
      ...page,
      connections: readers,
      requests: requestsOf(subject, prepared, 'obhut'),
      header: 'obhut-receipt',
    };
    const alone = await subject.ask<{ ms: number; claims: number; failing: string[] }>('probes');
    if (alone.failing.length > 0) throw new Error(`these do not hold: ${alone.failing.join(', ')}`);
    // By turns, so that both meet the same noise; a turn of the probes is as long as it is.
    const runs: Record<'quiet' | 'busy', LoadResult[]> = { quiet: [], busy: [] };
    const probing: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      runs.quiet.push(await load(reads));
      const turn = subject.ask<{ ms: number }>('probes');
      runs.busy.push(await load({ ...reads, seconds: Math.max(seconds, (alone.ms / 1_000) * 0.9) }));
      probing.push((await turn).ms);
    }
    const [quiet, busy] = [median(runs.quiet), median(runs.busy)];
    return [
      figure('page-html-p99', html.p99Ms, 'ms'),
      figure('probes-records', records, 'records'),
      figure('probes-all', alone.ms / 1_000, 's'),
      figure('probes-all-beside-reads', Math.max(...probing) / 1_000, 's'),
      figure('reads-beside-probes', busy.perSecond, 'records/s', quiet.perSecond),
      figure('reads-beside-probes-p99', busy.p99Ms, 'ms', quiet.p99Ms),
    ];
  } finally {
    await subject.stop();
  }
}
