import { defaultExclude, defineConfig } from 'vitest/config';
import { sharingFiles } from './test/sharing.ts';

/** Tests of values alone: they start nothing, change nothing outside themselves, and need no process for each file. */
const PURE = [
  'test/{escalation,evidence,measurement,plan,schedule,status}/**/*.test.ts',
  'test/cli/*-text.test.ts',
  ...sharingFiles(import.meta.dirname),
];

export default defineConfig({
  test: {
    projects: [
      { extends: true, test: { name: 'real', include: ['test/**/*.test.ts'], exclude: [...defaultExclude, ...PURE] } },
      { extends: true, test: { name: 'pure', include: PURE, isolate: false } },
    ],
    // Generous: a limit is here to end what hangs, not to judge a busy machine.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    // The built program is loaded as Node does it.
    server: { deps: { external: [/\/dist\//] } },
    maxWorkers: 3,
    pool: 'forks',
    // A test that asserts nothing proves nothing, whatever its title says.
    expect: { requireAssertions: true },
    reporters: ['default', './test/reporter.ts'],
  },
});
