import { execFile } from 'node:child_process';
import { appendFile, chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { PhaseName } from '../../src/measurement/measurement.ts';
import { phaseWord } from '../../src/report/words.ts';
import type { SourceServer } from '../fixtures/source-server.ts';
import { bench, type Bench } from './cli.ts';
import { putDump, startEhr } from './source.ts';

const run = promisify(execFile);
/** Phases in which a drill is ended; `seen` waits for the line that progress prints at their begin. */
const PHASES = ['select', 'provision', 'fetch', 'restore', 'start', 'probes'] as const;
const begunLine = (phase: PhaseName): string => phaseWord[phase];

let source: SourceServer;
let place: Bench;
beforeAll(async () => {
  source = await startEhr();
});
afterAll(() => source.stop());
beforeEach(async () => {
  place = await bench({ inProcess: true });
  await putDump(source, place);
});
afterEach(() => place.remove());

/** Processes that carry the label of a drill of this bench. */
async function labelled(): Promise<string[]> {
  const found: string[] = [];
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const environ = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (environ.includes(join(place.home, 'scratch'))) found.push(pid);
  }
  return found;
}

async function scratch(): Promise<string[]> {
  return readdir(join(place.home, 'scratch'));
}

describe('a drill that is stopped is signed as stopped and leaves nothing', () => {
  test.each(PHASES)('SIGINT in %s', async phase => {
    const plan = await place.plan('lakeside-ehr');
    const drill = place.start(['drill', plan]);

    await drill.seen(begunLine(phase));
    drill.kill('SIGINT');
    const ended = await drill.ended;

    expect(ended.code, ended.stderr).toBe(130);
    const history = JSON.parse((await place.run(['history', '--json'])).stdout) as { verdict: string; reasons: string[] }[];
    expect(history[0]).toMatchObject({ verdict: 'inconclusive' });
    expect(history[0]?.reasons).toContain('drill.stopped');
    expect(await scratch()).toEqual([]);
    expect(await labelled()).toEqual([]);
    expect((await place.run(['verify', 'lakeside'])).code).toBe(0);
  });
});

describe('a drill that was killed is cleaned up and signed by the next one', () => {
  test.each(PHASES.slice(1))('SIGKILL in %s', async phase => {
    const plan = await place.plan('lakeside-ehr');
    const drill = place.start(['drill', plan]);
    await drill.seen(begunLine(phase));

    drill.kill('SIGKILL');
    await drill.ended;
    const next = await place.drill(plan);

    expect(next.record.verdict, next.ran.stderr).toBe('passed');
    expect(next.ran.stderr).toMatch(/interrupted/);
    const history = JSON.parse((await place.run(['history', '--json'])).stdout) as { reasons: string[] }[];
    expect(history.map(one => one.reasons)).toEqual([[], ['drill.worker-lost']]);
    expect(await scratch()).toEqual([]);
    expect(await labelled()).toEqual([]);
    expect((await place.run(['verify', 'lakeside'])).code).toBe(0);
  });
});

test('a second drill of the same plan at the same time is refused and the first one passes', async () => {
  const plan = await place.plan('lakeside-ehr');
  const first = place.start(['drill', plan]);
  await first.seen(begunLine('provision'));

  const second = await place.run(['drill', plan]);
  const ended = await first.ended;

  expect(second.code).toBe(2);
  expect(second.stderr).toMatch(/is running already/);
  expect(ended.code, ended.stderr).toBe(0);
});

test('a home that cannot be written is said before anything is done', async () => {
  const other = await bench({ uid: 65534 });
  try {
    await putDump(source, other);
    const plan = await other.plan('lakeside-ehr');
    await chmod(other.folder, 0o555);

    const ran = await other.run(['drill', plan]);

    expect(ran.code).toBe(4);
    expect(ran.stderr).toMatch(/RESURGAM_HOME/);
  } finally {
    await other.remove();
  }
});

test('a ledger that was edited by hand is refused, and nothing is appended', async () => {
  const plan = await place.plan('lakeside-ehr');
  await place.drill(plan);
  const file = join(place.home, 'ledger/lakeside/ledger.jsonl');
  const lines = (await readFile(file, 'utf8')).split('\n');
  const edited = [...lines.slice(0, 1), ...lines.slice(2)].join('\n');
  await writeFile(file, edited);

  const ran = await place.run(['drill', plan]);

  expect(ran.code).toBe(4);
  expect(ran.stderr).toMatch(/ledger/);
  expect(await readFile(file, 'utf8')).toBe(edited);
  expect((await place.run(['verify', 'lakeside'])).code).toBe(1);
});

test('half a line that a crash left is cut off, kept aside and told in the ledger', async () => {
  const plan = await place.plan('lakeside-ehr');
  await place.drill(plan);
  const file = join(place.home, 'ledger/lakeside/ledger.jsonl');
  await appendFile(file, '{"payloadType":"application/vnd');

  const { record } = await place.drill(plan);

  expect(record.verdict).toBe('passed');
  const { stdout } = await run('jq', ['-Rr', 'fromjson.payload|@base64d|fromjson|.predicateType', file]);
  expect(stdout).toContain('ledger-recovered');
  expect((await place.run(['verify', 'lakeside'])).code).toBe(0);
});

test('an ordinary user can drill too', async () => {
  const other = await bench({ uid: 65534 });
  try {
    await run('chown', ['-R', '65534:65534', other.folder]);
    const file = await putDump(source, other);
    await run('chown', ['65534:65534', file]);

    const { record, ran } = await other.drill(await other.plan('lakeside-ehr'));

    expect({ verdict: record.verdict, isolation: record.isolation }, ran.stderr).toEqual({ verdict: 'passed', isolation: 'proved' });
  } finally {
    await other.remove();
  }
});
