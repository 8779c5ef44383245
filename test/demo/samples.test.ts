import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { samplesTable } from '../../src/cli/samples-table.ts';
import { SAMPLES, runSamples, type SampleResult, type SampleSystem } from '../../src/demo/samples.ts';
import { SourceError } from '../../src/demo/source.ts';
import { CHECKOUT } from '../e2e/cli.ts';

let checkout = '';
beforeEach(async () => {
  checkout = await mkdtemp('/tmp/rsg-samples-');
});
afterEach(() => rm(checkout, { recursive: true, force: true }));

const never = new AbortController().signal;
const request = (said: string[]) => ({ checkout, home: join(checkout, 'home'), stop: never, say: (line: string) => void said.push(line) });

/** Its backup is one file. */
function small(name: string, more: Partial<SampleSystem> = {}): SampleSystem {
  return { name, plan: name, folder: name, make: ({ folder }) => writeFile(join(folder, 'backup'), name), ...more };
}

test('there is a plan for each sample system, and each of its backups is where that plan looks', async () => {
  const plans = await readdir(`${CHECKOUT}plans/lakeside`);

  expect(SAMPLES.map(({ plan }) => `${plan}.yaml`).filter(name => !plans.includes(name))).toEqual([]);
  for (const { plan, folder, open } of SAMPLES) {
    const text = await readFile(`${CHECKOUT}plans/lakeside/${plan}.yaml`, 'utf8');
    expect(text).toContain(open === undefined ? `../../.cache/demo/lakeside/${folder}` : 's3://lakeside-billing/');
  }
});

test('each system is drilled over fresh backups, while its store is open, and what earlier ones left is gone', async () => {
  const seen: string[] = [];
  let opened = 0;
  const samples = [
    small('one'),
    small('two', {
      open: () => {
        opened += 1;
        return Promise.resolve({ stop: () => Promise.resolve(void (opened -= 1)) });
      },
    }),
  ];
  const drill = async (planFile: string): Promise<{ verdict: string; recoveryMs: number }> => {
    const name = basename(planFile, '.yaml');
    const backups = join(checkout, '.cache/demo/lakeside', name);
    seen.push(`${await readFile(join(backups, 'backup'), 'utf8')} ${String(opened)} ${String(existsSync(join(backups, 'old')))}`);
    await writeFile(join(backups, 'old'), '');
    return { verdict: 'passed', recoveryMs: 2_000 };
  };

  await runSamples({ ...request([]), drill, samples });
  const results = await runSamples({ ...request([]), drill, samples });

  expect(results.map(({ name, verdict }) => [name, verdict])).toEqual([
    ['one', 'passed'],
    ['two', 'passed'],
  ]);
  expect(seen).toEqual(['one 0 false', 'two 1 false', 'one 0 false', 'two 1 false']);
  expect(opened).toBe(0);
});

test('a system that cannot be made is told, and those after it are still drilled', async () => {
  const said: string[] = [];
  const samples = [small('one', { make: () => Promise.reject(new SourceError('no server', 'Install it.')) }), small('two')];

  const results = await runSamples({ ...request(said), samples, drill: () => Promise.resolve({ verdict: 'failed', recoveryMs: null }) });

  expect(results.map(({ verdict }) => verdict)).toEqual(['not made', 'failed']);
  expect(said.join('\n')).toContain('no server');
});

test('whoever stops it waits for no other system', async () => {
  const stop = new AbortController();
  const drill = (): Promise<Omit<SampleResult, 'name'>> => {
    stop.abort();
    return Promise.resolve({ verdict: 'inconclusive', recoveryMs: null });
  };

  const results = await runSamples({ ...request([]), stop: stop.signal, samples: [small('one'), small('two')], drill });

  expect(results).toHaveLength(1);
});

test('whoever stops it while backups are made is told of no defect', async () => {
  const stop = new AbortController();
  const make = (): Promise<void> => {
    stop.abort();
    return Promise.reject(new Error('a tool was stopped'));
  };
  const drill = (): Promise<never> => Promise.reject(new Error('not reached'));

  const results = await runSamples({ ...request([]), stop: stop.signal, samples: [small('one', { make }), small('two')], drill });

  expect(results).toEqual([]);
});

test('the table has one line for each system', () => {
  const results = [
    { name: 'EHR', verdict: 'passed', recoveryMs: 17_400 },
    { name: 'interface engine', verdict: 'not made', recoveryMs: null },
  ];

  expect(samplesTable(results, { colour: false, columns: 80, unicode: true })).toBe(`
System             Verdict    Recovery time
EHR                passed     18 s
interface engine   not made   not tested
`);
});
