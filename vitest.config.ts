import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Generous: a limit is here to end what hangs, not to judge a busy machine.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    maxWorkers: 3,
    pool: 'forks',
    // A test that asserts nothing proves nothing, whatever its title says.
    expect: { requireAssertions: true },
    reporters: ['default', './test/reporter.ts'],
  },
});
