import { expect, test } from 'vitest';
import { readScript, type Restoring } from '../../../src/backup/dump-files/read-script.ts';
import type { JailCommand } from '../../../src/backup/target.ts';
import { runTool } from '../../../src/system/process.ts';

/** A jail in which the staged bytes are not there: programs run as they are. */
function withoutStaged(): Restoring {
  const run = ({ file, args, stdout }: JailCommand, stop: AbortSignal): ReturnType<typeof runTool> =>
    runTool({ file, args, env: { PATH: '/usr/bin:/bin' }, ...(stdout === undefined ? {} : { stdout }), timeLimitMs: 20_000 }, stop);
  return {
    staged: { folder: '/nowhere', bytes: 1, sha256: '', findings: [], handle: {} },
    target: { jail: { limits: { diskBytes: 1_000_000 }, run }, toolLog: () => undefined, progress: () => undefined },
    stop: new AbortController().signal,
  } as unknown as Restoring;
}

test.each(['gzip', 'xz'] as const)('a script in %s that cannot be opened is not an empty one', async compression => {
  const findings = await readScript(withoutStaged(), { file: 'gone', compression }, () => Promise.resolve(true));

  expect(findings).toMatchObject([{ code: 'restore.unknown-exit', outcome: 'inconclusive', observed: 'exit code 126' }]);
});
