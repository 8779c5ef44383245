import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import { attemptsIn, countAttempts } from '../../../src/sandbox/cell/attempts.ts';
import { childrenOf } from '../../../src/system/proc.ts';

/** Begins its jail late, as bubblewrap does on a busy machine; inside, a program tries to get out and goes on. */
const LATE = [
  ...['-e', 'select(undef, undef, undef, 1); exec @ARGV'],
  ...['unshare', '--user', '--map-root-user', '--net', '--fork'],
  ...['/bin/bash', '-c', 'echo > /dev/tcp/127.0.0.1/9; sleep 3'],
];

test('a jail whose first process comes late is counted all the same', async () => {
  const jail = spawn('/usr/bin/perl', LATE, { stdio: 'ignore' });
  const ended = new Promise(resolve => jail.on('close', resolve));
  const counter = countAttempts(async () => (await childrenOf(jail.pid ?? -1))[0]);

  await ended;
  await counter.finish();

  expect(counter.count()).toBe(1);
});

test('connections to its own ports are none, where they are meant to be; ways out are counted always', () => {
  const figures = 'Ip: Forwarding OutNoRoutes\nIp: 2 3\nTcp: ActiveOpens PassiveOpens\nTcp: 40 40\nIp6OutNoRoutes 1\n';

  expect(attemptsIn(figures)).toBe(44);
  expect(attemptsIn(figures, { ownPorts: true })).toBe(4);
});
