import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { namespaceSandbox } from '../../../src/sandbox/namespace/namespace.ts';
import { clockAhead, sandboxCases } from '../../conformance/sandbox.ts';

/** Runs the conformance suite as the user of this process; one JSON line for each case. */
const folder = await mkdtemp('/tmp/rsg-user-');
const outside = await mkdtemp('/tmp/rsg-uout-');
const scratch = join(folder, 'home', 'scratch');
const only = process.argv[2];
for (const each of sandboxCases) {
  if (only !== undefined && !each.title.includes(only)) continue;
  const clock = clockAhead();
  const answer = await each.run({ sandbox: namespaceSandbox({ scratch, clock }), scratch, outside, clock }).then(
    () => 'held',
    (error: unknown) => (error instanceof Error ? `${error.message} ${error.stack ?? ''} ${JSON.stringify(error)}` : String(error)),
  );
  process.stdout.write(`${JSON.stringify({ uid: process.getuid?.(), title: each.title, answer })}\n`);
}
await rm(folder, { recursive: true, force: true });
await rm(outside, { recursive: true, force: true });
