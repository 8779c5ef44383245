import { copyFile, mkdir, readdir, readlink, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { BackupError, type StoreAccess } from '../../src/backup/backup.ts';
import { restic } from '../../src/backup/restic/tool.ts';
import { format } from '../../src/probe/format/format.ts';
import type { Finding } from '../../src/finding/finding.ts';
import type { BackupSection } from '../../src/plan/plan.ts';
import { bench, type Bench } from '../e2e/cli.ts';
import { savedWhileWritten } from '../fixtures/growing-file.ts';
import { newFolder } from '../conformance/traces.ts';
import { flipIn, largestIn, PASSWORD, resticPlace, type ResticPlace } from '../fixtures/restic-repository.ts';
import { askingAt, bad } from '../probe/restored-tree.ts';

const never = new AbortController().signal;
let place: ResticPlace;
let drills: Bench;
beforeAll(async () => {
  place = await resticPlace();
  for (const hoursAgo of [20, 10]) await place.restic(place.repository, ['backup', place.source, '--host', 'ehr', '--time', ago(hoursAgo)]);
  drills = await bench({ inProcess: true });
});
afterAll(async () => {
  await drills.remove();
  await place[Symbol.asyncDispose]();
});

function ago(hours: number): string {
  return new Date(Date.now() - hours * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
}

function accessTo(repository: string, options: object = {}, section: Partial<BackupSection> = {}): StoreAccess {
  const given = z.strictObject(restic.options).parse({ repository, password: { env: 'RESTIC_PASSWORD' }, ...options });
  return {
    section: {
      ...{ tool: 'restic', job: null, encrypted: 'required', options: given },
      ...{ size: { atLeastBytes: null, shrink: 0.2, grow: null }, copies: { atLeast: 2, offSite: null, locked: null }, ...section },
    },
    env: { RESTIC_PASSWORD: PASSWORD },
    pseudonym: text => Buffer.from(text).toString('hex').padEnd(64, '0').slice(0, 64),
    now: () => new Date().toISOString(),
  };
}

type Verb = 'list' | 'fetch' | 'inspect' | 'read';

/** What these verbs find, one after the other. */
async function found(access: StoreAccess, verbs: readonly Verb[]): Promise<readonly string[]> {
  await using staging = await newFolder();
  const listing = await restic.list(access, never);
  const findings: Finding[] = verbs.includes('list') ? [...listing.findings] : [];
  const [point] = listing.points;
  const at = { store: access, staging: staging.path, progress: () => undefined };
  if (point !== undefined && verbs.includes('fetch')) findings.push(...(await restic.fetch(point, at, never)).findings);
  if (point !== undefined && verbs.includes('inspect')) findings.push(...((await restic.inspect?.(point, access, never)) ?? []));
  if (point !== undefined && verbs.includes('read'))
    findings.push(...((await restic.readPart?.(point, { ...at, before: undefined }, never))?.findings ?? []));
  return [...new Set(findings.map(one => `${one.code} ${one.outcome}${one.required ? '' : ' (note)'}`))];
}

/** A further snapshot of the same host in a copy of the repository. */
async function saved(name: string, ...args: readonly string[]): Promise<string> {
  const repository = await place.copy(name);
  await place.restic(repository, ['backup', '--host', 'ehr', ...args]);
  return repository;
}

async function largestPack(repository: string): Promise<string> {
  return (await largestIn(join(repository, 'data')))[0] ?? '';
}

interface Case {
  readonly id: string;
  readonly mode: string;
  readonly verbs: readonly Verb[];
  readonly expected: readonly string[];
  readonly options?: () => object;
  /** Gives the repository to look at. */
  inject(): Promise<string>;
}

const cases: readonly Case[] = [
  {
    id: 'F01',
    mode: 'bit rot in a pack: the listing knows nothing of it, the restore and the reading of the pack do',
    verbs: ['list', 'fetch', 'read'],
    expected: ['backup.digest-mismatch failed', 'restore.corrupt failed'],
    inject: async () => {
      const repository = await place.copy('F01');
      await flipIn(await largestPack(repository));
      return repository;
    },
  },
  {
    id: 'F02',
    mode: 'a pack is cut',
    verbs: ['inspect', 'fetch'],
    expected: ['restore.corrupt failed', 'backup.truncated failed'],
    inject: async () => {
      const repository = await place.copy('F02');
      await truncate(await largestPack(repository), 100_000);
      return repository;
    },
  },
  {
    id: 'F24',
    mode: 'pruning took a pack that is still needed',
    verbs: ['inspect', 'fetch'],
    expected: ['restore.corrupt failed', 'backup.files-missing failed'],
    inject: async () => {
      const repository = await place.copy('F24');
      await rm(await largestPack(repository));
      return repository;
    },
  },
  {
    id: 'F03',
    mode: 'the index is deleted',
    verbs: ['list', 'fetch'],
    expected: ['backup.damaged failed', 'restore.corrupt failed'],
    inject: async () => {
      const repository = await place.copy('F03');
      await rm(join(repository, 'index'), { recursive: true });
      await mkdir(join(repository, 'index'));
      return repository;
    },
  },
  {
    id: 'F04',
    mode: 'the keys are lost',
    verbs: ['list'],
    expected: ['backup.keys-missing failed'],
    inject: async () => {
      const repository = await place.copy('F04');
      await rm(join(repository, 'keys'), { recursive: true });
      await mkdir(join(repository, 'keys'));
      return repository;
    },
  },
  {
    id: 'F04',
    mode: 'the only key is damaged, which restic takes for a wrong password or for an error of its own',
    verbs: ['list'],
    expected: ['backup.damaged failed'],
    inject: async () => {
      const repository = await place.copy('F04-damaged');
      await flipIn((await largestIn(join(repository, 'keys')))[0] ?? '');
      return repository;
    },
  },
  {
    id: 'F01',
    mode: 'bit rot in the file that holds how everything is cut into pieces',
    verbs: ['list'],
    expected: ['backup.damaged failed'],
    inject: async () => {
      const repository = await place.copy('F01-config');
      await flipIn(join(repository, 'config'));
      return repository;
    },
  },
  {
    id: 'F05, F08',
    mode: 'files could not be read, or were excluded, and restic called it a backup',
    verbs: ['list'],
    expected: ['backup.entries-fewer failed'],
    inject: () => saved('F08', place.source, '--exclude', '*.txt'),
  },
  {
    id: 'F06',
    mode: 'a named folder was not there, and restic left it out',
    verbs: ['list'],
    expected: ['backup.path-missing failed'],
    options: () => ({ paths: [place.source, '/srv/scans'] }),
    inject: () => saved('F06', place.source, '/srv/scans'),
  },
  {
    id: 'F07',
    mode: 'nothing was mounted, and an empty folder was saved',
    verbs: ['list'],
    expected: ['backup.empty failed'],
    inject: async () => {
      const empty = join(place.folder, 'not-mounted');
      await mkdir(empty);
      return saved('F07', empty);
    },
  },
  {
    id: 'F11',
    mode: 'the lock of a program that was killed, a day ago',
    verbs: ['list'],
    expected: ['backup.stale-lock failed (note)'],
    inject: async () => {
      const repository = await place.copy('F11');
      const lock = join(repository, 'locks', 'a'.repeat(64));
      await copyFile(join(repository, 'config'), lock);
      const old = new Date(Date.now() - 24 * 3_600_000);
      await utimes(lock, old, old);
      return repository;
    },
  },
  {
    id: 'A20',
    mode: 'a snapshot file is cut, which restic mentions beside the way and ends with 0',
    verbs: ['list'],
    expected: ['backup.files-missing failed'],
    inject: async () => {
      const repository = await place.copy('snapshot');
      const [file = ''] = await largestIn(join(repository, 'snapshots'));
      await truncate(file, 20);
      return repository;
    },
  },
  {
    id: 'half-written',
    mode: 'the repository has no config',
    verbs: ['list'],
    expected: ['backup.damaged failed'],
    inject: async () => {
      const repository = await place.copy('no-config');
      await rm(join(repository, 'config'));
      return repository;
    },
  },
];

describe('every mode of group F that concerns restic is seen', () => {
  test.each(cases.map(one => [one.id, one.mode, one] as const))('%s: %s', async (_id, _mode, one) => {
    const access = accessTo(await one.inject(), { rotation: 1, ...one.options?.() });

    const said = await found(access, one.verbs);

    expect(said).toEqual(expect.arrayContaining([...one.expected]));
  });
});

test('F16: a file that was written meanwhile came back torn: restic does not say so, and its format does', async () => {
  const growing = join(place.folder, 'export/observations.ndjson');
  const repository = await place.copy('F16');
  await savedWhileWritten(growing, () => place.restic(repository, ['backup', '--host', 'ehr', growing]));
  const access = accessTo(repository);
  const [point] = (await restic.list(access, never)).points;
  if (point === undefined) throw new Error('no point');
  await using staging = await newFolder();

  const staged = await restic.fetch(point, { store: access, staging: staging.path, progress: () => undefined }, never);
  const answer = await askingAt(staging.path)(format, { value: { pattern: '**/*.ndjson', as: 'fhir', atLeast: '100%' } });

  expect(staged.findings.filter(one => one.required && one.outcome !== 'passed')).toEqual([]);
  expect(bad(answer)).toEqual(['format.broken 0 of 1']);
});

describe('what is healthy passes without an alarm', () => {
  test('a repository with two snapshots, read whole', async () => {
    expect(await found(accessTo(place.repository, { rotation: 1, paths: place.source }), ['list', 'fetch', 'inspect', 'read'])).toEqual([
      'backup.ok passed',
      'restore.owners-not-set skipped (note)',
      'backup.part-read passed',
    ]);
  });

  test('a repository that other hosts and jobs share, of which the plan means one', async () => {
    const repository = await saved('shared', place.source);
    await place.restic(repository, ['backup', '--host', 'other', join(place.source, 'letters')]);

    expect(await found(accessTo(repository, { host: 'ehr', paths: [place.source] }), ['list'])).toEqual([]);
  });

  test('whole drills, which cover all of the repository in so many as the plan says', async () => {
    const plan = await drills.plan(
      'documents',
      `contract: { rpo: 30d }
components:
  documents:
    backup: { tool: restic, repository: ${place.repository}, password: { env: RESTIC }, rotation: 2, encrypted: required }
`,
    );

    const coverage: unknown[] = [];
    for (let n = 0; n < 2; n += 1) {
      const { record, ran } = await drills.drill(plan, { RESTIC: PASSWORD });
      expect([record.verdict, record.reasons], ran.stderr).toEqual(['passed', []]);
      coverage.push(record.findings.filter(one => one.code === 'backup.part-read').map(({ expected, observed }) => [observed, expected]));
    }

    expect(coverage).toEqual([[[1, 2]], [[2, 2]]]);
  });
});

test.each([
  ['there is no folder', 'store-missing', 'nowhere'],
  ['the password is another one', 'credentials-refused', 'repository'],
])('nothing is said of the backups when %s', async (_, code, name) => {
  const access = { ...accessTo(join(place.folder, name)), env: { RESTIC_PASSWORD: 'another' } };

  await expect(restic.list(access, never)).rejects.toMatchObject({ name: BackupError.name, code });
});

test('what a snapshot holds cannot write outside the staging folder, nor be followed out of it', async () => {
  const hostile = join(place.folder, 'hostile');
  await mkdir(join(hostile, 'closed'), { recursive: true });
  await symlink('/etc/passwd', join(hostile, 'absolute'));
  await symlink('../../../../../../etc', join(hostile, 'relative'));
  await writeFile(Buffer.concat([Buffer.from(`${hostile}/line\nbreak `), Buffer.from([0xff])]), 'no text');
  await writeFile(join(hostile, 'setuid'), 'x', { mode: 0o4755 });
  const access = accessTo(await saved('hostile-repository', hostile));
  await using staging = await newFolder();
  const [point] = (await restic.list(access, never)).points;
  if (point === undefined) throw new Error('no point');

  const staged = await restic.fetch(point, { store: access, staging: staging.path, progress: () => undefined }, never);

  expect(staged.findings.filter(one => one.required && one.outcome !== 'passed')).toEqual([]);
  expect(staged.findings.map(({ code }) => code)).toContain('restore.not-compared');
  expect(await readlink(join(staging.path, 'tree', hostile, 'absolute'))).toBe('/etc/passwd');
  expect(await readdir(staging.path)).toEqual(['tree']);
});
