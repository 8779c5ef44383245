import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openHome } from '../../src/store/home.ts';
import { openLedger, type Ledger } from '../../src/store/ledger.ts';
import { verifyPath } from '../../src/store/verify-path.ts';

const run = promisify(execFile);
const SCRIPT = join(import.meta.dirname, 'appending.mjs');
/** The built program: what set-up has just made of these sources. */
const BUILT = join(import.meta.dirname, '../../dist');
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'resurgam-processes-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function open(home = join(folder, 'home')): Promise<Ledger> {
  const product = { name: 'resurgam', version: '0.1.0' };
  const options = { origin: 'resurgam.example/lakeside', timeZone: 'UTC', product, now: () => new Date().toISOString() };
  return openLedger(await openHome(home), 'lakeside', options);
}

function args(worker: string, count: number, home = join(folder, 'home')): string[] {
  return [SCRIPT, BUILT, home, worker, String(count)];
}

describe('several processes', () => {
  test('that begin and append to one ledger at once all succeed, in one order', async () => {
    await Promise.all(['worker-1', 'worker-2', 'worker-3'].map(worker => run('node', args(worker, 5))));

    const ledger = await open();
    await ledger.checkpoint();
    const verification = await verifyPath(ledger.paths.folder);
    expect(verification.firstLine).toBe('OK 16 entries, checkpoint size 16, origin resurgam.example/lakeside');
  });

  test('that are killed while they append leave a ledger that goes on, with every entry that they were told of', async () => {
    const told: number[] = [];
    for (const delayMs of [0, 3, 7, 12, 20]) {
      const child = spawn('node', args(`worker-${delayMs}`, 100_000), { stdio: ['ignore', 'pipe', 'inherit'] });
      const printed: string[] = [];
      child.stdout.on('data', (chunk: Buffer) => printed.push(chunk.toString()));
      await once(child.stdout, 'data');
      setTimeout(() => child.kill('SIGKILL'), delayMs);
      await once(child, 'close');
      told.push(printed.join('').split('\n').length - 2);
    }

    const ledger = await open();
    await ledger.checkpoint();

    const { firstLine } = await verifyPath(ledger.paths.folder);
    const entries = Number(/^OK (\d+) entries/.exec(firstLine)?.[1] ?? Number.NaN);
    expect(entries).toBeGreaterThan(told.reduce((sum, count) => sum + count, 0));
  });
});

describe.runIf(process.getuid?.() === 0)('a full disk', () => {
  let disk: string;
  beforeEach(async () => {
    disk = join(folder, 'disk');
    await mkdir(disk);
    await run('mount', ['-t', 'tmpfs', '-o', 'size=256k,mode=700', 'tmpfs', disk]);
  });
  afterEach(() => run('umount', [disk]));

  test.runIf(process.getuid?.() === 0)(
    'refuses the entry, leaves nothing half-done, and the ledger goes on once there is room',
    async () => {
      const { stdout } = await run('node', args('worker-1', 100_000, disk)).catch((error: unknown) => error as { stdout: string });
      const made = stdout.trim().split('\n').length - 2;

      const lines = await readFile(join(disk, 'ledger/lakeside/ledger.jsonl'), 'utf8');
      const plans = await readdir(join(disk, 'ledger/lakeside/plans'));

      expect(stdout).toMatch(/\nStoreError disk-full\n$/);
      expect(lines.split('\n')).toHaveLength(made + 2);
      expect(plans.toSorted()).toEqual(Array.from({ length: made }, (_, index) => `worker-1-${index}.yaml`).toSorted());
      await run('mount', ['-o', 'remount,size=512k', disk]);
      const ledger = await open(disk);
      await ledger.checkpoint();
      expect((await verifyPath(ledger.paths.folder)).firstLine).toBe(
        `OK ${made + 1} entries, checkpoint size ${made + 1}, origin resurgam.example/lakeside`,
      );
    },
  );
});
