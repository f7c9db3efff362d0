import type { Reporter, TestModule } from 'vitest/node';

/**
 * Prints `N passed, N failed, N skipped` as the very last line of a run, so that a reader (and CI) finds the result
 * in one fixed place. In CI a skipped test counts as a failure: what could not run there has not been checked.
 */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    let passed = 0;
    let failed = unhandled.length;
    let skipped = 0;
    for (const module of modules) {
      let tests = 0;
      for (const test of module.children.allTests()) {
        tests += 1;
        const { state } = test.result();
        if (state === 'passed') passed += 1;
        else if (state === 'failed') failed += 1;
        else skipped += 1;
      }
      // A file that did not even load has no tests to count, but it failed.
      if (!module.ok() && (tests === 0 || module.errors().length > 0)) failed += 1;
    }
    if (process.env.CI && skipped > 0) {
      failed += skipped;
      process.exitCode = 1;
    }
    process.on('exit', () => process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`));
  }
}
