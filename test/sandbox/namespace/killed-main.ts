import { containerSandbox } from '../../../src/sandbox/container/container.ts';
import { namespaceSandbox } from '../../../src/sandbox/namespace/namespace.ts';
import { requestOf } from '../../conformance/sandbox.ts';

/** Provisions a sandbox, starts a program that holds on in it, says the drill's id, and waits to be killed. */
const [, , scratch = '', kind] = process.argv;
const sandbox = kind === 'container' ? containerSandbox({ scratch }) : namespaceSandbox({ scratch });
const ready = await sandbox.provision(requestOf(), new AbortController().signal);
const data = await ready.jail.makeFolder('data');
const script =
  'head -c 1000000 /dev/zero > /data/file; chmod 0 /data/file; setsid sh -c "trap \'\' TERM HUP; sleep 60" & echo up; sleep 60';
await ready.jail.spawn({
  file: '/bin/sh',
  args: ['-c', script],
  mounts: [{ from: data, at: '/data', write: true }],
  stdout: () => void process.stdout.write(`${ready.label}\n`),
});
