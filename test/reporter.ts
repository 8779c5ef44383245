import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';
import { LeftBehind } from './left-behind.ts';

/** Milliseconds that servers and sandboxes get to be gone after the last test. */
const PATIENCE_MS = 30_000;

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** Ends every run with one line of counts, and fails the run when it left something on the machine. */
export default class CountingReporter implements Reporter {
  readonly #leftBehind = new LeftBehind();

  onInit(): void {
    this.#leftBehind.begin();
  }

  async onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): Promise<void> {
    const counts = count(modules);
    counts.failed += unhandled.length;
    const left = await this.#leftBehind.end(PATIENCE_MS);
    for (const thing of left) console.error(`left behind: ${thing}`);
    if (left.length > 0) {
      counts.failed += 1;
      process.exitCode = 1;
    }
    const file = process.env['RESURGAM_TEST_COUNTS'];
    if (file !== undefined) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, `${JSON.stringify(counts)}\n`);
    }
    console.log(`${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}`);
  }
}

/** A file that could not be loaded, or whose hooks failed outside of any test, counts as one failure: it must not vanish. */
function count(modules: readonly TestModule[]): Counts {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const module of modules) {
    const before = counts.failed;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      counts[state === 'pending' ? 'skipped' : state] += 1;
    }
    if (counts.failed === before && !module.ok()) counts.failed += 1;
  }
  return counts;
}
