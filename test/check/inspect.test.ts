import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BackupError, type BackupTool } from '../../src/backup/backup.ts';
import { pgDump } from '../../src/backup/pg-dump/tool.ts';
import { runBackupCheck, type CheckTools, type ComponentChecked } from '../../src/check.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { join, section, startDumpSource, type DumpSource } from '../backup/pg-dump/dumps.ts';
import { KEYS, startS3Server } from '../../src/demo/s3-server/server.ts';
import { testState, type TestState } from '../fixtures/state.ts';

const HOUR = 3_600_000;

function planOf(options: Readonly<Record<string, unknown>>): Plan {
  return {
    plan: 'ehr',
    client: 'lakeside',
    contract: { rtoMs: 4 * HOUR, rpoMs: 24 * HOUR, rtoStarts: 'disruption', source: 'plan' },
    components: [{ name: 'database', backup: section(options) }],
  } as unknown as Plan;
}

describe('a backup check of real dumps', () => {
  let source: DumpSource;
  let stock: string;
  let test: TestState;
  let inspected: number;
  beforeAll(async () => {
    source = await startDumpSource();
    stock = await source.folder();
    await source.shell(stock, 'pg_dump -Fc -f custom ehr & pg_dump -v -f plain ehr 2>/dev/null; wait');
  });
  afterAll(() => source[Symbol.asyncDispose]());
  beforeEach(async () => {
    test = await testState();
    inspected = 0;
  });
  afterEach(() => test[Symbol.asyncDispose]());

  function tools(inspect: NonNullable<BackupTool['inspect']> = (...of) => pgDump.inspect?.(...of) ?? Promise.resolve([])): CheckTools {
    const counted: BackupTool['inspect'] = (...of) => {
      inspected += 1;
      return inspect(...of);
    };
    return {
      backup: new Map([['pg-dump', { ...pgDump, inspect: counted }]]),
      state: test.state,
      worker: 'rack-2',
      secret: () => Promise.resolve(KEYS.secretAccessKey),
      pseudonym: text => text.replaceAll(/[^a-z0-9]/g, '').padEnd(12, '0'),
      now: () => new Date().toISOString(),
      explain: () => undefined,
    };
  }

  async function checked(options: Readonly<Record<string, unknown>>, by = tools()): Promise<ComponentChecked> {
    const { components } = await runBackupCheck({ plan: planOf(options), dueAt: null, stop: new AbortController().signal }, by);
    const [only] = components;
    if (only === undefined) throw new Error('nothing was checked');
    return only;
  }

  async function folder(script: string): Promise<{ from: string }> {
    const from = await source.folder();
    await source.shell(from, `S=${stock}; cp $S/custom old.dump; touch -d '2 hours ago' old.dump; ${script}`);
    return { from };
  }

  it.each([
    ['A06', 'a dump that filled the disk, compressed and kept', 'head -c 100000 $S/plain | gzip > new.sql.gz'],
    ['A08', 'a plain dump cut within a statement', 'head -c 150000 $S/plain > new.sql'],
    ['A09', 'a custom archive of which 70 % are left', 'head -c $(( $(stat -c %s $S/custom) * 7 / 10 )) $S/custom > new.dump'],
    [
      'A11',
      'a compressed file of which 80 % are left',
      'gzip -k $S/plain -c > x; head -c $(( $(stat -c %s x) * 8 / 10 )) x > new.sql.gz; rm x',
    ],
  ])('%s: %s fails, and the older good one counts', async (_, __, script) => {
    const { check, standing } = await checked(await folder(script));

    expect(check.outcome).toBe('failed');
    expect(check.findings.flatMap(found => (found.outcome === 'failed' && found.required ? [found.code] : []))).toEqual([
      'backup.truncated',
    ]);
    expect(check.points).toBe(2);
    expect(check.newest?.id).toContain('olddump');
    expect(standing.newest?.id).toBe(check.newest?.id);
    expect(check.seen.map(({ valid }) => valid)).toEqual([false, true]);
  });

  it('looks at each point once, and again when another file has taken its name', async () => {
    const place = await folder('head -c 150000 $S/plain > new.sql');
    const first = await checked(place);
    const second = await checked(place);
    const twice = inspected;
    await source.shell(place.from, `cp ${stock}/plain new.sql`);
    const mended = await checked(place);
    const after = await checked(place);

    expect([first, second, mended, after].map(({ check }) => check.outcome)).toEqual(['failed', 'failed', 'passed', 'passed']);
    expect([twice, inspected]).toEqual([2, 3]);
  });

  it('looks at three points at most', async () => {
    const cut = [1, 2, 3, 4].map(n => `head -c 15000${n} $S/plain > new${n}.sql`).join('; ');
    const { check } = await checked(await folder(cut));

    expect(inspected).toBe(3);
    expect(check.outcome).toBe('failed');
  });

  it('that cannot look is inconclusive, and looks again the next time', async () => {
    const place = await folder('true');
    const broken = tools(() => Promise.reject(new BackupError('network', 'no answer', { hint: 'Mend it.' })));
    const first = await checked(place, broken);
    const second = await checked(place);

    expect(first.check).toMatchObject({ outcome: 'inconclusive', newest: { ageMs: expect.any(Number) as number } });
    expect(first.check.findings).toMatchObject([{ code: 'select.store-unreadable', object: 'network' }]);
    expect(second.check.outcome).toBe('passed');
  });

  it('does not cry wolf over a folder of plain dumps that say no moment', async () => {
    const { check } = await checked(await folder('rm old.dump; pg_dump ehr > ehr.sql'));

    expect(check.outcome).toBe('passed');
    expect(check.findings.map(({ code, required }) => `${code} ${required}`).sort()).toEqual([
      'backup.age-unknown false',
      'backup.ok true',
    ]);
  });

  it('sees in a bucket too that the newest dump is cut, without fetching it', async () => {
    const s3 = await startS3Server();
    try {
      s3.buckets.create('backups');
      const dump = await readFile(join(stock, 'custom'));
      s3.buckets.put({ bucket: 'backups', key: 'ehr/old.dump' }, dump, { modifiedAt: new Date(Date.now() - HOUR) });
      s3.buckets.put({ bucket: 'backups', key: 'ehr/new.dump' }, dump.subarray(0, -1), { modifiedAt: new Date() });
      const credentials = { accessKeyId: { env: 'A' }, secretAccessKey: { env: 'B' } };
      const by: CheckTools = {
        ...tools(),
        secret: reference => Promise.resolve(JSON.stringify(reference).includes('"A"') ? KEYS.accessKeyId : KEYS.secretAccessKey),
      };
      const { check } = await checked({ from: 's3://backups/ehr', endpoint: s3.endpoint, credentials }, by);

      expect(check.outcome).toBe('failed');
      expect(check.findings.map(({ code, outcome }) => `${code} ${outcome}`)).toEqual(['backup.truncated failed', 'backup.ok passed']);
      expect(check.newest?.id).toContain('olddump');
    } finally {
      await s3.stop();
    }
  });
});
