import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { execFile } from 'node:child_process';
import { rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { SourceServer } from '../fixtures/source-server.ts';
import { bench, CHECKOUT, type Bench } from './cli.ts';
import { putDump, startEhr } from './source.ts';

const run = promisify(execFile);
let source: SourceServer;
let place: Bench;
let validate: (record: unknown) => string;
beforeAll(async () => {
  source = await startEhr();
  const other = await bench();
  validate = await validator(other).finally(() => other.remove());
});
afterAll(() => source.stop());
beforeEach(async () => {
  place = await bench();
});
afterEach(() => place.remove());

async function validator(from: Bench): Promise<(record: unknown) => string> {
  const { stdout } = await from.run(['schema', 'drill']);
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  (addFormats as unknown as (ajv: Ajv2020) => void)(ajv);
  const compiled = ajv.compile(JSON.parse(stdout) as object);
  return record => (compiled(record) ? 'valid' : ajv.errorsText(compiled.errors));
}

describe('each verdict is reached with real backups, and its record is valid', () => {
  test('passed, from the five-line plan', async () => {
    await putDump(source, place);

    const { ran, record } = await place.drill(await place.plan('lakeside-ehr'));

    expect({ exit: ran.code, verdict: record.verdict, reasons: record.reasons }, ran.stderr).toEqual({
      exit: 0,
      verdict: 'passed',
      reasons: [],
    });
    expect(validate(record)).toBe('valid');
    expect(record.recoveryTime.basis).toBe('measured');
    expect(record.destroyed).toMatchObject({ verified: true, processes: 0, mounts: 0, bytes: 0 });
    expect(record.isolation).toBe('proved');
    const counted = record.phases.filter(phase => phase.phase !== 'destroy').reduce((sum, phase) => sum + phase.durationMs, 0);
    expect(Math.abs(counted - (record.recoveryTime.ms ?? 0))).toBeLessThanOrEqual(1_000);
  });

  test('objective-missed, when it comes back too late', async () => {
    await putDump(source, place);

    const { ran, record } = await place.drill(await place.plan('lakeside-ehr', 'contract: { rto: 1s, rpo: 1h }\n'));

    expect({ exit: ran.code, verdict: record.verdict, reasons: record.reasons }, ran.stderr).toEqual({
      exit: 3,
      verdict: 'objective-missed',
      reasons: ['objective.rto-missed'],
    });
    expect(record.objectives.rto).toMatchObject({ result: 'missed', by: 'measured' });
    expect(validate(record)).toBe('valid');
  });

  test('failed, when the dump was cut off', async () => {
    const file = await putDump(source, place);
    await truncate(file, 50_000);

    const { ran, record } = await place.drill(await place.plan('lakeside-ehr'));

    expect({ exit: ran.code, verdict: record.verdict }, ran.stderr).toEqual({ exit: 1, verdict: 'failed' });
    expect(record.recoveryTime).toMatchObject({ basis: 'not-tested', ms: null });
    expect(validate(record)).toBe('valid');
  });

  test('inconclusive, when the folder is not there', async () => {
    await rm(place.backups, { recursive: true });

    const { ran, record } = await place.drill(await place.plan('lakeside-ehr'));

    expect({ exit: ran.code, verdict: record.verdict }, ran.stderr).toEqual({ exit: 4, verdict: 'inconclusive' });
    expect(ran.stderr).toContain(place.backups);
    expect(validate(record)).toBe('valid');
  });
});

test('both verifiers accept the ledger of four drills, and its files', async () => {
  const file = await putDump(source, place);
  const plan = await place.plan('lakeside-ehr');
  await place.drill(plan);
  await place.run(['key', 'rotate', 'lakeside']);
  await place.drill(plan);
  await truncate(file, 50_000);
  await place.drill(plan);
  const ledger = join(place.home, 'ledger/lakeside');

  const ours = await place.run(['verify', 'lakeside']);
  const script = await run('bash', [
    join(CHECKOUT, 'templates/verify.sh'),
    join(ledger, 'ledger.jsonl'),
    join(ledger, 'checkpoint.txt'),
    join(ledger, 'keys/machine'),
  ]);

  expect(ours.code, ours.stdout).toBe(0);
  expect(ours.stdout.split('\n')[0]).toBe(script.stdout.split('\n')[0]);
  expect(script.stdout).toMatch(/^OK 8 entries/);
});

test('the human summary names the verdict, the report is written, and history and report show the drill again', async () => {
  await putDump(source, place);

  const drilled = await place.run(['drill', await place.plan('lakeside-ehr')]);
  const history = await place.run(['history', 'lakeside-ehr']);
  const report = await place.run(['report', 'lakeside-ehr', '--out', join(place.folder, 'again.html')]);

  expect(drilled.stdout).toMatch(/came back/);
  expect(history.stdout).toMatch(/passed/i);
  expect(report.stdout).toContain('again.html');
  expect([drilled.code, history.code, report.code]).toEqual([0, 0, 0]);
});
