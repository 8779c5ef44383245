import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sha256Hex } from '../../src/evidence/digest.ts';
import type { DrillRecord } from '../../src/evidence/record.ts';
import { acceptanceSeries, history, lastAccepted, newDrillId, pointSizes, readRecord, recordDrill } from '../../src/store/drills.ts';
import { openHome, type Home } from '../../src/store/home.ts';
import { openLedger, type Ledger } from '../../src/store/ledger.ts';
import { interruptedDrills, isRunning, markRunning, readMarker, unmarkOthers, unmarkRunning } from '../../src/store/running.ts';
import { verifyPath } from '../../src/store/verify-path.ts';
import { samplePoint, sampleRecord } from '../evidence/fixtures.ts';
import { drilled } from '../evidence/scenario.ts';

const PLAN = 'lakeside-ehr';
const worker = 'worker-1';
const bytes = Buffer.from('plan: lakeside-ehr\n');
const plan = { plan: PLAN, digest: sha256Hex(bytes), bytes };
let folder: string;
let home: Home;
let ledger: Ledger;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'resurgam-drills-'));
  home = await openHome(join(folder, 'home'));
  ledger = await open();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function open(): Promise<Ledger> {
  const product = { name: 'resurgam', version: '0.1.0' };
  return openLedger(home, 'lakeside', { origin: 'x.example/lakeside', timeZone: 'UTC', product, now: () => new Date().toISOString() });
}

function facts(count: number): Record<string, Record<string, Record<string, unknown>>> {
  return { database: { inventory: { tables: count } } };
}

async function record(drill: string, verdict: DrillRecord['verdict'], bytesOfPoint = 1000): Promise<void> {
  const start = drilled({ drill, day: '2026-11-01', hour: '08', verdict: 'passed' })[0].entry;
  await ledger.append(start);
  const made = sampleRecord({ drill, verdict, recoveryPoints: [{ ...samplePoint, bytes: bytesOfPoint }] });
  await recordDrill(ledger, made, { plan, facts: facts(bytesOfPoint), worker });
}

describe('a drill that is recorded', () => {
  test('can be verified with all its files, and read again', async () => {
    await record('d-1', 'passed');

    const verification = await verifyPath(home.ledger('lakeside'));

    expect(verification).toMatchObject({ exitCode: 0, summary: { onDemand: 1 } });
    expect(await readRecord(ledger, 'd-1')).toEqual(sampleRecord({ drill: 'd-1', recoveryPoints: [{ ...samplePoint, bytes: 1000 }] }));
    expect(await readFile(join(home.ledger('lakeside'), `plans/${PLAN}@${plan.digest.slice(0, 12)}.yaml`))).toEqual(bytes);
  });

  test('holds no free text, whatever it was given', async () => {
    const sentence = 'Everything in the backup was restored without an error.';
    const found = { code: 'restore.ok', component: 'database', probe: 'restore', required: true, outcome: 'passed', unit: null } as const;
    const rest = { expected: null, latencyMs: null, limitMs: null, sentence };
    const object = 'Key (ssn)=(123-45-6789) already exists';
    await ledger.append(drilled({ drill: 'd-1', day: '2026-11-01', hour: '08', verdict: 'passed' })[0].entry);

    const made = sampleRecord({ drill: 'd-1', findings: [{ ...found, object, observed: 'Jane Doe', ...rest }] });
    await recordDrill(ledger, made, { plan, facts: {}, worker });

    const written = await readFile(join(home.ledger('lakeside'), 'drills/d-1.json'), 'utf8');
    expect(written).not.toMatch(/6789|Doe/);
    expect(written).toContain('withheld');
  });

  test('is not believed any more once its record was changed', async () => {
    await record('d-1', 'failed');
    const path = join(home.ledger('lakeside'), 'drills/d-1.json');
    await writeFile(path, (await readFile(path, 'utf8')).replace('"failed"', '"passed"'));

    expect(await readRecord(ledger, 'd-1')).toBeUndefined();
    expect((await verifyPath(home.ledger('lakeside'))).firstLine).toBe('FILE ALTERED drills/d-1.json');
  });

  test('replaces the record that a killed process had written and no entry vouches for', async () => {
    await ledger.append(drilled({ drill: 'd-1', day: '2026-11-01', hour: '08', verdict: 'passed' })[0].entry);
    await mkdir(join(home.ledger('lakeside'), 'drills'), { recursive: true });
    await writeFile(join(home.ledger('lakeside'), 'drills/d-1.json'), '{"verdict":"passed"}');

    const lost = sampleRecord({ drill: 'd-1', verdict: 'inconclusive', reasons: ['drill.worker-lost'] });
    await recordDrill(ledger, lost, { plan: undefined, facts: {}, worker });

    expect(await readRecord(ledger, 'd-1')).toEqual(lost);
    expect((await verifyPath(home.ledger('lakeside'))).firstLine).toMatch(/^OK /);
  });

  test('is never written over once its entry vouches for it', async () => {
    await record('d-1', 'passed');

    const again = recordDrill(ledger, sampleRecord({ drill: 'd-1', verdict: 'failed' }), { plan: undefined, facts: {}, worker });

    await expect(again).rejects.toMatchObject({ code: 'not-open' });
    const beat = { worker, intervalMs: 1, openDrills: [] };
    const forged = ledger.append({ type: 'heartbeat', actor: { kind: 'worker', id: worker }, fields: beat }, [
      { name: 'drills/d-1.json', bytes: '{}' },
    ]);
    await expect(forged).rejects.toMatchObject({ code: 'ledger-altered' });
    expect((await readRecord(ledger, 'd-1'))?.verdict).toBe('passed');
  });

  test('is listed newest first, with the sizes of the points that were used', async () => {
    await record('d-1', 'passed', 100);
    await record('d-2', 'failed', 200);

    const drills = [];
    for await (const { mark, record: read } of history(await open(), PLAN)) drills.push([mark.drill, read?.verdict]);

    expect(drills).toEqual([
      ['d-2', 'failed'],
      ['d-1', 'passed'],
    ]);
    expect(await pointSizes(ledger, { plan: PLAN, component: 'database' })).toEqual([200, 100]);
    expect(await pointSizes(ledger, { plan: PLAN, component: 'documents' })).toEqual([]);
  });
});

describe('what the next drill is compared with', () => {
  test('is the newest drill that passed or only missed an objective', async () => {
    await record('d-1', 'passed', 1);
    await record('d-2', 'objective-missed', 2);
    await record('d-3', 'failed', 3);
    await record('d-4', 'inconclusive', 4);

    expect(await lastAccepted(await open(), PLAN)).toEqual({ drill: 'd-2', facts: facts(2) });
    expect(await lastAccepted(ledger, 'another-plan')).toBeUndefined();
  });

  test('is none that was for something else than the plan', async () => {
    await record('d-1', 'passed', 1);
    for (const trigger of ['search', 'dependency-loss'] as const) {
      await ledger.append(drilled({ drill: trigger, day: '2026-11-01', hour: '08', verdict: 'passed' })[0].entry);
      await recordDrill(ledger, sampleRecord({ drill: trigger, trigger }), { plan, facts: facts(2), worker });
    }

    expect(await lastAccepted(ledger, PLAN)).toEqual({ drill: 'd-1', facts: facts(1) });
    expect(await lastAccepted(await open(), PLAN)).toEqual({ drill: 'd-1', facts: facts(1) });
  });

  test('is a failed drill once a person accepted it by name', async () => {
    await record('d-1', 'passed', 1);
    await record('d-2', 'failed', 2);
    const fields = { series: acceptanceSeries(PLAN, 'd-2'), reason: 'the archive was split off on purpose', by: 'it-director' };

    await ledger.append({ type: 'baseline-reset', actor: { kind: 'person', id: 'it-director' }, fields });

    expect(await lastAccepted(ledger, PLAN)).toEqual({ drill: 'd-2', facts: facts(2) });
  });

  test('is never what somebody wrote into its file', async () => {
    await record('d-1', 'passed', 1);
    await record('d-2', 'passed', 2);
    const path = join(home.facts('lakeside', PLAN), 'd-2.json');
    await writeFile(path, (await readFile(path, 'utf8')).replace('"tables":2', '"tables":1'));

    expect(await lastAccepted(ledger, PLAN)).toEqual({ drill: 'd-1', facts: facts(1) });
  });
});

describe('a drill that runs', () => {
  test('is not taken for lost while its process lives', async () => {
    await markRunning(home, { drill: 'd-1', client: 'lakeside', plan: PLAN });
    await ledger.append(drilled({ drill: 'd-1', day: '2026-11-01', hour: '08', verdict: 'passed' })[0].entry);

    expect(await interruptedDrills(ledger)).toEqual([]);
  });

  test('is lost when it was started and its process is gone, with or without its marker', async () => {
    const child = spawn('sleep', ['60']);
    await markRunning(home, { drill: 'd-1', client: 'lakeside', plan: PLAN });
    const marker = { ...(await readMarker(home, 'd-1')), pid: child.pid };
    await writeFile(home.lock('running-d-1.json'), JSON.stringify(marker));
    for (const drill of ['d-1', 'd-2']) await ledger.append(drilled({ drill, day: '2026-11-01', hour: '08', verdict: 'passed' })[0].entry);

    const sameNumberOtherProcess = await isRunning(await readMarker(home, 'd-1'));
    child.kill('SIGKILL');
    await once(child, 'exit');

    expect(sameNumberOtherProcess).toBe(false);
    expect((await interruptedDrills(await open())).map(({ drill, plan: of }) => [drill, of])).toEqual([
      ['d-1', PLAN],
      ['d-2', PLAN],
    ]);
  });

  test('leaves no marker when it ends', async () => {
    await markRunning(home, { drill: 'd-1', client: 'lakeside', plan: PLAN });

    for (const drill of ['d-1', 'd-1', 'd-2']) await unmarkRunning(home, drill);

    expect(await readMarker(home, 'd-1')).toBeUndefined();
    expect((await readdir(join(home.path, 'locks'))).filter(name => name.startsWith('running-'))).toEqual([]);
  });

  test('that was killed before it was begun leaves no marker once others are closed', async () => {
    const gone = { plan: PLAN, pid: process.pid, startTime: '1', bootId: 'another' };
    for (const [drill, client] of [
      ['d-1', 'lakeside'],
      ['d-2', 'other'],
      ['d-3', 'lakeside'],
    ] as const) {
      await writeFile(home.lock(`running-${drill}.json`), JSON.stringify({ ...gone, drill, client }));
    }
    await markRunning(home, { drill: 'd-4', client: 'lakeside', plan: PLAN });
    await ledger.append(drilled({ drill: 'd-3', day: '2026-11-01', hour: '08', verdict: 'passed' })[0].entry);

    await unmarkOthers(ledger);

    const left = (await readdir(join(home.path, 'locks'))).filter(name => name.startsWith('running-')).toSorted();
    expect(left).toEqual(['running-d-2.json', 'running-d-3.json', 'running-d-4.json']);
  });

  test('has an id that sorts by time and is nobody else’s', () => {
    const [first, second] = [newDrillId('2026-11-01T08:00:03.123Z'), newDrillId('2026-11-01T08:00:03.123Z')];

    expect(first).toMatch(/^d-20261101T080003Z-[0-9a-f]{6}$/);
    expect(first).not.toBe(second);
  });
});
