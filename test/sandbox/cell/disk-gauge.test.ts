import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { diskGauge } from '../../../src/sandbox/cell/disk-gauge.ts';

const MIB = 1024 * 1024;
let folder: string;
let other: string;
let writer: ChildProcess | undefined;

beforeEach(async () => {
  [folder, other] = await Promise.all([mkdtemp('/tmp/rsg-gauge-'), mkdtemp('/tmp/rsg-gauge-')]);
});
afterEach(async () => {
  writer?.kill('SIGKILL');
  for (const path of [folder, other]) await rm(path, { recursive: true });
});

/** Holds a file of so many MiB that has no name any more. */
async function holding(mib: number, at: string): Promise<number> {
  const script = `exec 3> ${at}/f; rm ${at}/f; head -c ${String(mib * MIB)} /dev/zero >&3; echo held; sleep 60`;
  writer = spawn('/bin/bash', ['-c', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise(resolve => writer?.stdout?.once('data', resolve));
  return writer.pid ?? 0;
}

function gaugeFor(pids: readonly number[], free?: () => Promise<number>) {
  const limits = { memoryBytes: 2 ** 30, diskBytes: 20 * MIB, processes: 99, cpus: 1, timeMs: 60_000 };
  return diskGauge({
    folder,
    limits,
    reserveBytes: 0,
    usage: { inside: () => Promise.resolve(pids) },
    ...(free === undefined ? {} : { free }),
  });
}

test('files that were deleted while open count, also while others make the disk emptier', async () => {
  await writeFile(join(other, 'large'), Buffer.alloc(60 * MIB, 1));
  const gauge = gaugeFor([await holding(30, folder)]);
  await gauge.isFull(true);
  await rm(join(other, 'large'));

  expect(await gauge.isFull(true)).toBe(true);
});

test('what is held open on another disk does not count', async () => {
  const gauge = gaugeFor([await holding(30, '/dev/shm')]);

  expect(await gauge.isFull(true)).toBe(false);
});

test('what is taken here shows at once, also after others gave back more', async () => {
  // Told, not asked of the disk: that is shared with other tests, which give back at any moment.
  const told = [100, 160, 130].map(mib => mib * MIB);
  const gauge = gaugeFor([], () => Promise.resolve(told.shift() ?? 0));
  await gauge.isFull(true);
  await gauge.isFull(false);
  await writeFile(join(folder, 'taken'), Buffer.alloc(30 * MIB, 1));

  expect(await gauge.isFull(false)).toBe(true);
});
