import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { StoreError } from '../../src/store/error.ts';
import { trustedMachines } from '../../src/store/admission.ts';
import { openHome, type Home } from '../../src/store/home.ts';
import { clientHmac } from '../../src/store/keys.ts';
import { openLedger, type Ledger } from '../../src/store/ledger.ts';
import { machineIdentity } from '../../src/store/machine.ts';
import { machinesOf } from '../../src/store/state/machines.ts';
import { sharedLedger } from '../../src/store/state/shared-ledger.ts';
import { testState, type TestState } from '../fixtures/state.ts';

const run = promisify(execFile);
let folder: string;
let at: TestState;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'resurgam-shared-'));
  at = await testState();
});
afterEach(async () => {
  await at[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** A machine: a home of its own, and the server that all share. */
interface Rack {
  readonly name: string;
  readonly home: Home;
  readonly fingerprint: string;
  open(client?: string): Promise<Ledger>;
}

async function rack(name: string): Promise<Rack> {
  const home = await openHome(join(folder, name));
  const machine = await machineIdentity(home, name);
  const open = (client = 'lakeside'): Promise<Ledger> =>
    openLedger(home, client, {
      ...{ origin: `resurgam.example/${client}`, timeZone: 'UTC', product: { name: 'resurgam', version: '0.1.0' } },
      now: () => new Date().toISOString(),
      sharing: { shared: sharedLedger(() => Promise.resolve(at.state), client), machine },
    });
  return { name, home, fingerprint: machine.identity.keyid, open };
}

/** Two machines that sign together. */
async function pair(): Promise<{ first: Rack; second: Rack; one: Ledger; other: Ledger }> {
  const [first, second] = [await rack('rack-1'), await rack('rack-2')];
  const one = await first.open();
  await expect(second.open()).rejects.toMatchObject({ code: 'not-admitted' });
  await one.admit(fingerprint => fingerprint === second.fingerprint);
  return { first, second, one, other: await second.open() };
}

function beat(worker: string) {
  const fields = { worker, intervalMs: 21_600_000, openDrills: [] };
  return { type: 'heartbeat', actor: { kind: 'worker', id: worker }, fields } as const;
}

function verifySh(home: Home): Promise<string> {
  const script = join(import.meta.dirname, '../../templates/verify.sh');
  const cwd = home.ledger('lakeside');
  return run('bash', [script, 'ledger.jsonl', 'checkpoint.txt', 'keys/machine'], { cwd }).then(({ stdout }) => stdout.split('\n')[0] ?? '');
}

const lines = (home: Home): Promise<string> => readFile(join(home.ledger('lakeside'), 'ledger.jsonl'), 'utf8');

describe('a ledger that machines share', () => {
  test('is signed by nobody who was not admitted', async () => {
    const [first, second] = [await rack('rack-1'), await rack('rack-2')];
    const one = await first.open();

    await expect(second.open()).rejects.toMatchObject({
      code: 'not-admitted',
      hint: expect.stringContaining(second.fingerprint.slice(0, 16)) as string,
    });

    expect(await one.admit(() => false)).toEqual([]);
    await expect(second.open()).rejects.toMatchObject({ code: 'not-admitted' });
    const [, waiting] = await machinesOf(at.state);
    expect(waiting).toMatchObject({ name: 'rack-2', fingerprint: second.fingerprint, admitted: [], waiting: ['lakeside'] });
  });

  test('is the same on every machine, and both verifiers accept each copy', async () => {
    const { first, second, one, other } = await pair();

    for (let turn = 0; turn < 5; turn += 1) {
      await one.append(beat('rack-1'));
      await other.append(beat('rack-2'));
    }
    await other.checkpoint();
    await one.open();

    expect(await lines(first.home)).toBe(await lines(second.home));
    expect(await verifySh(first.home)).toMatch(/^OK 13 entries/);
    expect(await verifySh(second.home)).toMatch(/^OK 13 entries/);
  });

  test('takes what both say in one moment, one after the other', async () => {
    const { one, other } = await pair();

    const all = Array.from({ length: 12 }, (_, index) => (index % 2 === 0 ? one : other).append(beat('rack-1')));
    const places = (await Promise.all(all)).map(({ seq }) => seq);

    expect(new Set(places).size).toBe(12);
    expect(Math.max(...places) - Math.min(...places)).toBe(11);
  });

  test('lets two that decide the same thing do it once', async () => {
    const { one, other } = await pair();
    const once = (ledger: Ledger) =>
      ledger.appendAll(({ resets }) =>
        resets.has('ehr/once')
          ? []
          : [
              {
                entry: {
                  type: 'baseline-reset',
                  actor: { kind: 'system', id: 'resurgam' },
                  fields: { series: 'ehr/once', reason: 'test', by: 'resurgam' },
                },
              },
            ],
      );

    const done = await Promise.all([once(one), once(other), once(one), once(other)]);

    expect(done.reduce((sum, { appended }) => sum + appended, 0)).toBe(1);
  });

  test('brings the files that entries vouch for, and the same pseudonyms, to every machine', async () => {
    const { first, second, one, other } = await pair();
    await one.append(beat('rack-1'), [{ name: 'reports/a.csv', bytes: 'a,b\n' }]);

    await other.open();

    expect(await readFile(join(second.home.ledger('lakeside'), 'reports/a.csv'), 'utf8')).toBe('a,b\n');
    expect((await clientHmac(second.home, 'lakeside'))('name')).toBe((await clientHmac(first.home, 'lakeside'))('name'));
  });

  test('admits a machine to further clients by itself, and no other machine', async () => {
    const { second, one } = await pair();
    const stranger = await rack('rack-3');
    const other = await second.open();
    const theirs = await second.open('hillside').catch(() => undefined);
    const first = await (await rack('rack-1')).open('hillside').catch((error: unknown) => (error as StoreError).code);
    await expect(stranger.open('hillside')).rejects.toMatchObject({ code: 'not-admitted' });
    await one.open();

    const trusted = trustedMachines([other]);
    const admitted = await theirs?.admit(fingerprint => trusted.has(fingerprint));

    expect(first).toBe('not-admitted');
    expect(admitted?.map(({ machine }) => machine)).toEqual(['rack-1']);
    await expect(stranger.open('hillside')).rejects.toMatchObject({ code: 'not-admitted' });
  });

  test('goes on after a key was rotated on one of them', async () => {
    const { second, one, other } = await pair();

    await one.rotateKey();
    await one.append(beat('rack-1'));
    await other.append(beat('rack-2'));
    await other.checkpoint();

    expect(await verifySh(second.home)).toMatch(/^OK/);
  });

  test('is put back where the server has gone back to an older state', async () => {
    const { first, second, one, other } = await pair();
    await one.append(beat('rack-1'));
    await other.open();
    await using again = await testState();
    const client = { state: again.state };
    const { lines: kept } = { lines: await lines(first.home) };
    const shared = sharedLedger(() => Promise.resolve(client.state), 'lakeside');
    const machine = await machineIdentity(second.home, 'rack-2');

    const ledger = await openLedger(second.home, 'lakeside', {
      ...{
        origin: 'x.example/lakeside',
        timeZone: 'UTC',
        product: { name: 'resurgam', version: '0.1.0' },
        now: () => new Date().toISOString(),
      },
      sharing: { shared, machine },
    });

    expect((await shared.end(0)).size).toBe(ledger.position().size);
    expect(await lines(second.home)).toBe(kept);
  });

  test('is refused where copy and shared ledger say different things', async () => {
    const { first, one } = await pair();
    await one.append(beat('rack-1'));
    const path = join(first.home.ledger('lakeside'), 'ledger.jsonl');
    const text = await readFile(path, 'utf8');
    await one.append(beat('rack-1'));
    await writeFile(path, text);
    const forked = await first.open();
    await forked.append(beat('rack-1'));

    expect(forked.position().size).toBe(one.position().size + 1);
    const elsewhere = await rack('rack-9');
    const lone = await openLedger(elsewhere.home, 'lakeside', {
      ...{
        origin: 'resurgam.example/lakeside',
        timeZone: 'UTC',
        product: { name: 'resurgam', version: '0.1.0' },
        now: () => new Date().toISOString(),
      },
    });
    await lone.append(beat('rack-9'));
    await expect(elsewhere.open()).rejects.toMatchObject({ code: 'ledger-altered' });
  });
});
