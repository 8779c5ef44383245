import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { concludeCheck, type BackupCheck } from '../../src/backup/backup-check.ts';
import { BackupError } from '../../src/backup/backup.ts';
import { list } from '../../src/backup/pg-dump/list.ts';
import type { BackupSection } from '../../src/plan/plan.ts';
import { access, join, never, section, startDumpSource, type DumpSource } from './pg-dump/dumps.ts';

const HOUR = 3_600_000;
const JOB = { job: { everyMs: 24 * HOUR, graceMs: HOUR } };

/** Failure modes of group A (failure-modes.md): made by the real tools, seen by the check alone, without a restore. */
interface Mode {
  readonly id: string;
  readonly mode: string;
  readonly make: string;
  readonly codes: readonly string[];
  readonly outcome: BackupCheck['outcome'];
  readonly plan?: Partial<BackupSection>;
}

const OLD = `sed -E 's/^-- (Started|Completed) on .*/-- \\1 on 2026-01-02 03:04:05 UTC/'`;
const GOOD = 'pg_dump -Fc -f ehr-good.dump ehr; touch -d "2 hours ago" ehr-good.dump; ';

const MODES: readonly Mode[] = [
  { id: '', mode: 'a healthy store', make: 'pg_dump -Fc -f ehr.dump ehr', codes: [], outcome: 'passed' },
  { id: 'A01', mode: 'an empty gzip', make: 'pg_dump nosuchdb | gzip > ehr.sql.gz', codes: ['backup.empty'], outcome: 'failed' },
  {
    id: 'A02',
    mode: 'nothing, with exit 0',
    make: 'pg_dump -p 1 ehr > ehr.sql 2>/dev/null; exit 0',
    codes: ['backup.empty'],
    outcome: 'failed',
  },
  {
    id: 'A03',
    mode: 'the complaint of a client that is too old',
    make: 'echo "pg_dump: error: aborting because of server version mismatch" > ehr.sql',
    codes: ['backup.not-a-dump'],
    outcome: 'failed',
  },
  { id: 'A04', mode: 'the error text', make: 'pg_dump -p 1 ehr > ehr.sql 2>&1; exit 0', codes: ['backup.not-a-dump'], outcome: 'failed' },
  {
    id: 'A05',
    mode: 'a job that has failed for months',
    make: `pg_dump -Fp --verbose ehr | ${OLD} > ehr.sql; touch -d 2026-01-02T03:05:00Z ehr.sql`,
    codes: ['backup.older-than-objective', 'backup.stale'],
    outcome: 'failed',
  },
  {
    id: 'A06',
    mode: 'a cut file beside an older whole one',
    make: `${GOOD} head -c 40 ehr-good.dump > ehr-new.dump`,
    plan: { size: { atLeastBytes: null, shrink: 0.5, grow: null } },
    codes: ['backup.size-shrunk'],
    outcome: 'failed',
  },
  {
    id: 'A15',
    mode: 'a copy that was begun and never finished',
    make: `${GOOD} head -c 5000 ehr-good.dump > ehr-new.dump.part; touch -d "1 hour ago" ehr-new.dump.part`,
    codes: ['backup.newer-incomplete'],
    outcome: 'failed',
  },
  {
    id: 'A16',
    mode: 'an old dump under a new date',
    make: `pg_dump -Fp --verbose ehr | ${OLD} > ehr.sql`,
    codes: ['backup.older-than-objective', 'backup.redated', 'backup.stale'],
    outcome: 'failed',
  },
  {
    id: 'A16',
    mode: 'the same bytes under another name',
    make: 'pg_dump ehr > ehr-1.sql; cp ehr-1.sql ehr-2.sql; touch -d "20 hours ago" ehr-1.sql',
    codes: ['backup.same-bytes'],
    outcome: 'failed',
  },
  {
    id: 'A17',
    mode: 'another database in the same place',
    make: 'createdb other 2>/dev/null; pg_dump -Fc -f ehr.dump other',
    plan: { options: { database: 'ehr' } },
    codes: ['backup.wrong-database'],
    outcome: 'failed',
  },
  {
    id: 'A20',
    mode: 'fewer backups than the least',
    make: 'pg_dump -Fc -f ehr.dump ehr',
    plan: { copies: { atLeast: 3, offSite: null, locked: null } },
    codes: ['backup.too-few'],
    outcome: 'failed',
  },
  {
    id: 'A23',
    mode: 'copies beside the production that nobody can tell to be elsewhere',
    make: 'pg_dump -Fc -f ehr.dump ehr',
    plan: { copies: { atLeast: null, offSite: 1, locked: 1 } },
    codes: ['backup.lock-unknown', 'backup.off-site-unknown'],
    outcome: 'inconclusive',
  },
];

describe('the backup check, before anything is restored', () => {
  let source: DumpSource;
  beforeAll(async () => {
    source = await startDumpSource();
  });
  afterAll(() => source[Symbol.asyncDispose]());

  async function checkOf(folder: string, plan: Partial<BackupSection> = {}): Promise<BackupCheck> {
    const { options, ...rest } = plan;
    const all = { from: folder, ...options };
    const looked = await list(access(all, { ...JOB, ...rest }), never).catch((error: unknown) => {
      if (error instanceof BackupError) return { couldNot: error.code };
      throw error;
    });
    const now = new Date().toISOString();
    const terms = { component: 'database', contract: { rpoMs: 26 * HOUR }, now, history: { sizes: [], job: null } };
    return concludeCheck({ ...terms, looked, section: section(all, { ...JOB, ...rest }) });
  }

  it.each(MODES)('$id $mode: $outcome', async ({ make, plan, codes, outcome }) => {
    const folder = await source.folder();
    await source.shell(folder, make);

    const check = await checkOf(folder, plan);

    const bad = check.findings.filter(found => found.outcome === 'failed' || found.outcome === 'inconclusive').map(({ code }) => code);
    expect(bad).toEqual(expect.arrayContaining([...codes]));
    expect(check.outcome).toBe(outcome);
  });

  it('A10 a flipped byte passes the check: only a drill finds it, and the check does not claim more than it saw', async () => {
    const folder = await source.folder();
    const file = join(folder, 'ehr.dump');
    await source.dump(file, '-Fc');
    const bytes = await readFile(file);
    bytes[Math.floor(bytes.length * 0.6)] = (bytes[Math.floor(bytes.length * 0.6)] ?? 0) ^ 0xff;
    await writeFile(file, bytes);

    const check = await checkOf(folder);

    expect(check.outcome).toBe('passed');
    expect(check.findings.some(found => found.outcome === 'passed')).toBe(false);
  });

  it('a store that is not there, or that only holds what cannot be opened, is inconclusive', async () => {
    const folder = await source.folder();
    await source.shell(folder, 'echo age-encryption.org/v1 > ehr.dump.age');

    expect(await checkOf('/srv/not/there')).toMatchObject({ outcome: 'inconclusive', findings: [{ object: 'store-missing' }] });
    expect(await checkOf(folder)).toMatchObject({ outcome: 'inconclusive', findings: [{ object: 'store-unreadable' }] });
  });
});
