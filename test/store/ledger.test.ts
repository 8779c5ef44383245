import { execFile } from 'node:child_process';
import { appendFile, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { signCheckpoint } from '../../src/evidence/checkpoint.ts';
import { newPrivateKeyPem, signerOf } from '../../src/evidence/key.ts';
import { openHome, type Home } from '../../src/store/home.ts';
import { openLedger, type Ledger } from '../../src/store/ledger.ts';

const run = promisify(execFile);
let folder: string;
let home: Home;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'resurgam-ledger-'));
  home = await openHome(join(folder, 'home'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function open(now = '2026-11-01T08:00:00.000Z'): Promise<Ledger> {
  const product = { name: 'resurgam', version: '0.1.0' };
  return openLedger(home, 'lakeside', { origin: 'resurgam.example/lakeside', timeZone: 'UTC', product, now: () => now });
}

const heartbeat = {
  type: 'heartbeat',
  actor: { kind: 'worker', id: 'worker-1' },
  fields: { worker: 'worker-1', intervalMs: 21_600_000, openDrills: [] },
} as const;

/** Our copy of the reference script, on the spot. */
async function verifySh(keys = 'signer.pem'): Promise<string> {
  const script = join(import.meta.dirname, '../../templates/verify.sh');
  const { stdout } = await run('bash', [script, 'ledger.jsonl', 'checkpoint.txt', keys], { cwd: home.ledger('lakeside') });
  return stdout.split('\n')[0] ?? '';
}

async function lines(): Promise<readonly Record<string, unknown>[]> {
  const text = await readFile(join(home.ledger('lakeside'), 'ledger.jsonl'), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map(line => {
      const { payload } = JSON.parse(line) as { payload: string };
      return JSON.parse(Buffer.from(payload, 'base64').toString()) as Record<string, unknown>;
    });
}

describe('a ledger in a file', () => {
  test('begins with a genesis and a checkpoint that the reference script accepts', async () => {
    const ledger = await open();

    expect(ledger.position()).toMatchObject({ seq: 0, size: 1 });
    expect(await verifySh()).toBe('OK 1 entries, checkpoint size 1, origin resurgam.example/lakeside');
  });

  test('goes on where it ended when it is opened again, whatever origin is asked for', async () => {
    await (await open()).append(heartbeat);
    const product = { name: 'resurgam', version: '0.2.0' };
    const again = await openLedger(home, 'lakeside', {
      origin: 'other.example/x',
      timeZone: 'UTC',
      product,
      now: () => '2026-11-02T00:00:00.000Z',
    });

    const position = await again.append(heartbeat);
    await again.checkpoint();

    expect(position.seq).toBe(2);
    expect(again.origin).toBe('resurgam.example/lakeside');
    expect(await verifySh()).toBe('OK 3 entries, checkpoint size 3, origin resurgam.example/lakeside');
  });

  test('keeps the time of the entry before when the clock goes back', async () => {
    await (await open('2026-11-01T08:00:00.000Z')).append(heartbeat);
    await (await open('2026-10-01T08:00:00.000Z')).append(heartbeat);

    const times = (await lines()).map(line => (line.predicate as { at: string }).at);

    expect(times).toEqual(Array(3).fill('2026-11-01T08:00:00.000Z'));
  });

  test('is accepted with the folder of keys after a rotation, and the old key signs no more', async () => {
    const ledger = await open();

    const { keyid, replaces } = await ledger.rotateKey();
    await ledger.append(heartbeat);
    await ledger.checkpoint();

    expect(await verifySh('keys/machine')).toBe('OK 3 entries, checkpoint size 3, origin resurgam.example/lakeside');
    expect((await readdir(join(home.ledger('lakeside'), 'keys/machine'))).toSorted()).toEqual(
      [`${keyid}.pem`, `${replaces}.pem`].toSorted(),
    );
    expect((await stat(join(home.keys('lakeside'), 'machine.pem'))).mode & 0o777).toBe(0o600);
  });

  test('cuts off half a line that a crash left, keeps it aside, and says so in an entry', async () => {
    const ledger = await open();
    await ledger.append(heartbeat);
    await appendFile(ledger.paths.lines, '{"payloadType":"appl');

    const again = await open();
    await again.checkpoint();

    const last = (await lines()).at(-1) as { predicateType: string; predicate: Record<string, unknown> };
    expect(last.predicateType).toBe('https://resurgam.dev/evidence/ledger-recovered/v1');
    expect(last.predicate.cutBytes).toBe(20);
    expect(await readdir(again.paths.recovered)).toHaveLength(1);
    expect(await verifySh()).toBe('OK 3 entries, checkpoint size 3, origin resurgam.example/lakeside');
  });

  test('is not continued when its last entry was cut off by hand', async () => {
    const ledger = await open();
    await ledger.append(heartbeat);
    await ledger.checkpoint();
    const before = await readFile(ledger.paths.lines);
    await truncate(ledger.paths.lines, before.length - 1);

    await expect(open()).rejects.toMatchObject({
      code: 'ledger-altered',
      message: expect.stringContaining('TRUNCATED: 1 entries, checkpoint says 2') as string,
    });

    expect(await readFile(ledger.paths.lines)).toEqual(before.subarray(0, -1));
  });

  test('is not continued after an edit by hand, also not by a process that had it open', async () => {
    const ledger = await open();
    await ledger.append(heartbeat);
    const text = await readFile(ledger.paths.lines, 'utf8');
    await writeFile(
      ledger.paths.lines,
      text.replace(/(?<="sig":")./, first => (first === 'A' ? 'B' : 'A')),
    );

    await expect(ledger.append(heartbeat)).rejects.toMatchObject({ code: 'ledger-altered' });

    expect((await readFile(ledger.paths.lines, 'utf8')).split('\n')).toHaveLength(3);
  });

  test('is not begun anew when only its lines are gone', async () => {
    const ledger = await open();
    await rm(ledger.paths.lines);

    await expect(open()).rejects.toMatchObject({
      code: 'ledger-altered',
      message: expect.stringContaining('TRUNCATED: 0 entries') as string,
    });

    expect(await readdir(ledger.paths.folder)).not.toContain('ledger.jsonl');
  });

  test('is not continued behind a checkpoint that somebody else signed, whatever keys lie beside it', async () => {
    const ledger = await open();
    const stranger = signerOf(newPrivateKeyPem());
    const { size, root } = ledger.position();
    await writeFile(ledger.paths.checkpoint, signCheckpoint({ origin: ledger.origin, size, root }, undefined, stranger));
    await writeFile(join(ledger.paths.machineKeys, `${stranger.keyid}.pem`), stranger.pem);

    await expect(ledger.append(heartbeat)).resolves.toMatchObject({ seq: 1 });
    await expect(ledger.checkpoint()).rejects.toMatchObject({ code: 'ledger-altered' });
    await expect(open()).rejects.toMatchObject({ message: expect.stringContaining('BAD CHECKPOINT SIGNATURE') as string });
  });
});
