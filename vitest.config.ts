import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    pool: 'forks',
    // A test that asserts nothing proves nothing, whatever its title says.
    expect: { requireAssertions: true },
    reporters: ['default', './test/reporter.ts'],
  },
});
