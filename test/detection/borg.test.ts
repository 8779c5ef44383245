import { mkdir, readdir, readFile, readlink, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { BackupError, type StoreAccess } from '../../src/backup/backup.ts';
import { borg } from '../../src/backup/borg/tool.ts';
import { format } from '../../src/probe/format/format.ts';
import type { Finding } from '../../src/finding/finding.ts';
import { savedWhileWritten } from '../fixtures/growing-file.ts';
import { newFolder } from '../conformance/traces.ts';
import { borgPlace, PASSPHRASE, type BorgPlace } from '../fixtures/borg-repository.ts';
import { flipIn, largestIn } from '../fixtures/restic-repository.ts';
import { askingAt, bad } from '../probe/restored-tree.ts';

const never = new AbortController().signal;
let place: BorgPlace;
beforeAll(async () => {
  place = await borgPlace();
  for (const [name, hoursAgo] of [
    ['ehr-1', 20],
    ['ehr-2', 10],
  ] as const) {
    const at = new Date(Date.now() - hoursAgo * 3_600_000).toISOString().slice(0, 19);
    await place.borg(['create', '--timestamp', at, `${place.repository}::${name}`, 'documents']);
  }
});
afterAll(() => place[Symbol.asyncDispose]());

function accessTo(repository: string, options: object = {}, env: Readonly<Record<string, string>> = {}): StoreAccess {
  const given = z.strictObject(borg.options).parse({ repository, passphrase: { env: 'BORG_PASSPHRASE' }, ...options });
  return {
    section: {
      ...{ tool: 'borg', job: null, encrypted: 'required', options: given },
      ...{ size: { atLeastBytes: null, shrink: 0.2, grow: null }, copies: { atLeast: 2, offSite: null, locked: null } },
    },
    env: { BORG_PASSPHRASE: PASSPHRASE, ...env },
    pseudonym: text => Buffer.from(text).toString('hex').padEnd(64, '0').slice(0, 64),
    now: () => new Date().toISOString(),
  };
}

type Verb = 'list' | 'fetch' | 'inspect' | 'read';

/** What these verbs find, one after the other. */
async function found(access: StoreAccess, verbs: readonly Verb[]): Promise<readonly string[]> {
  await using staging = await newFolder();
  const listing = await borg.list(access, never);
  const findings: Finding[] = verbs.includes('list') ? [...listing.findings] : [];
  const [point] = listing.points;
  const at = { store: access, staging: staging.path, progress: () => undefined };
  if (point !== undefined && verbs.includes('fetch')) findings.push(...(await borg.fetch(point, at, never)).findings);
  if (point !== undefined && verbs.includes('inspect')) findings.push(...((await borg.inspect?.(point, access, never)) ?? []));
  if (point !== undefined && verbs.includes('read'))
    findings.push(...((await borg.readPart?.(point, { ...at, before: undefined }, never))?.findings ?? []));
  return [...new Set(findings.map(one => `${one.code} ${one.outcome}${one.required ? '' : ' (note)'}`))];
}

async function largestSegment(repository: string): Promise<string> {
  return (await largestIn(join(repository, 'data')))[0] ?? '';
}

async function newestSegment(repository: string): Promise<string> {
  const number = (file: string): number => Number(basename(file));
  return (await largestIn(join(repository, 'data'))).toSorted((a, b) => number(b) - number(a))[0] ?? '';
}

interface Case {
  readonly id: string;
  readonly mode: string;
  readonly verbs: readonly Verb[];
  readonly expected: readonly string[];
  readonly options?: object;
  /** Gives the repository to look at. */
  inject(): Promise<string>;
}

const cases: readonly Case[] = [
  {
    id: 'F20',
    mode: 'bit rot in a segment: the listing knows nothing of it, the restore and the reading of the segment do',
    verbs: ['fetch', 'read'],
    expected: ['restore.corrupt failed', 'backup.digest-mismatch failed'],
    inject: async () => {
      const repository = await place.copy('F20');
      await flipIn(await largestSegment(repository));
      return repository;
    },
  },
  {
    id: 'F20',
    mode: 'a segment is lost',
    verbs: ['list'],
    expected: ['backup.files-missing failed'],
    inject: async () => {
      const repository = await place.copy('F20-lost');
      await rm(await largestSegment(repository));
      return repository;
    },
  },
  {
    id: 'F20',
    mode: 'the newest segment is lost, and borg goes back to what was before it without a word',
    verbs: ['list'],
    expected: ['backup.files-missing failed'],
    inject: async () => {
      const repository = await place.copy('F20-newest');
      await rm(await newestSegment(repository));
      return repository;
    },
  },
  {
    id: 'F20',
    mode: 'the newest segment is damaged, and borg does the same',
    verbs: ['list'],
    expected: ['backup.damaged failed'],
    inject: async () => {
      const repository = await place.copy('F20-end');
      await flipIn(await newestSegment(repository));
      return repository;
    },
  },
  {
    id: 'F19',
    mode: 'the repository was repaired with zeros, and is called whole since',
    verbs: ['list', 'fetch', 'inspect'],
    expected: ['backup.filled-with-zeros failed'],
    inject: async () => {
      const repository = await place.copy('F19');
      await flipIn(await largestSegment(repository));
      await place.borg(['check', '--repair', repository]);
      return repository;
    },
  },
  {
    id: 'F04',
    mode: 'the key is lost',
    verbs: ['list'],
    expected: ['backup.keys-missing failed'],
    inject: async () => {
      const repository = await place.copy('F04');
      const config = await readFile(join(repository, 'config'), 'utf8');
      await writeFile(join(repository, 'config'), config.replace(/^key =[\s\S]*$/m, ''));
      return repository;
    },
  },
  {
    id: 'F05, F08',
    mode: 'files could not be read, or were excluded, and borg called it a backup',
    verbs: ['list'],
    expected: ['backup.entries-fewer failed'],
    inject: async () => {
      const repository = await place.copy('F08');
      await place.borg(['create', '--exclude', '*.txt', `${repository}::ehr-3`, 'documents']);
      return repository;
    },
  },
  {
    id: 'F06',
    mode: 'a named folder was not there, and borg warned where nobody looks',
    verbs: ['list'],
    expected: ['backup.path-missing failed'],
    options: { paths: ['documents', 'scans'] },
    inject: async () => {
      const repository = await place.copy('F06');
      await place.borg(['create', `${repository}::ehr-3`, 'documents', 'scans']);
      return repository;
    },
  },
  {
    id: 'F07',
    mode: 'nothing was mounted, and an empty folder was saved',
    verbs: ['list'],
    expected: ['backup.empty failed'],
    inject: async () => {
      const repository = await place.copy('F07');
      await mkdir(join(place.folder, 'not-mounted'));
      await place.borg(['create', `${repository}::ehr-3`, 'not-mounted']);
      return repository;
    },
  },
  {
    id: 'F11',
    mode: 'the lock of a program that was killed, two days ago',
    verbs: ['list'],
    expected: ['backup.stale-lock failed (note)'],
    inject: async () => {
      const repository = await place.copy('F11');
      const lock = join(repository, 'lock.exclusive');
      await mkdir(lock);
      const old = new Date(Date.now() - 48 * 3_600_000);
      await utimes(lock, old, old);
      return repository;
    },
  },
  {
    id: 'half-written',
    mode: 'the repository has no configuration',
    verbs: ['list'],
    expected: ['backup.damaged failed'],
    inject: async () => {
      const repository = await place.copy('no-config');
      await rm(join(repository, 'config'));
      return repository;
    },
  },
];

describe('every mode of group F that concerns borg is seen', () => {
  test.each(cases.map(one => [one.id, one.mode, one] as const))('%s: %s', async (_id, _mode, one) => {
    const access = accessTo(await one.inject(), { rotation: 1, ...one.options });

    const said = await found(access, one.verbs);

    expect(said).toEqual(expect.arrayContaining([...one.expected]));
  });
});

test('F16: a file that was written meanwhile came back torn: borg does not say so, and its format does', async () => {
  const growing = join(place.folder, 'export/observations.ndjson');
  const repository = await place.copy('F16');
  await savedWhileWritten(growing, () => place.borg(['create', `${repository}::ehr-3`, 'export']));
  const access = accessTo(repository);
  const [point] = (await borg.list(access, never)).points;
  if (point === undefined) throw new Error('no point');
  await using staging = await newFolder();

  const staged = await borg.fetch(point, { store: access, staging: staging.path, progress: () => undefined }, never);
  const answer = await askingAt(staging.path)(format, { value: { pattern: '**/*.ndjson', as: 'fhir', atLeast: '100%' } });

  expect(staged.findings.filter(one => one.required && one.outcome !== 'passed')).toEqual([]);
  expect(bad(answer)).toEqual(['format.broken 0 of 1']);
});

describe('what is healthy passes without an alarm', () => {
  test('a repository with two archives, and F21: an older copy of it in another place', async () => {
    const older = await place.copy('older');
    await place.borg(['create', `${place.repository}::ehr-3`, 'documents']);
    const healthy = ['backup.ok passed', 'restore.owners-not-set skipped (note)', 'backup.part-read passed'];

    for (const repository of [place.repository, older])
      expect(await found(accessTo(repository, { rotation: 1, paths: ['documents'] }), ['list', 'fetch', 'inspect', 'read'])).toEqual(
        healthy,
      );
  });

  test('a repository that was pruned and compacted', async () => {
    const repository = await place.copy('pruned');
    await place.borg(['create', `${repository}::ehr-4`, 'documents']);
    await place.borg(['delete', `${repository}::ehr-1`]);
    await place.borg(['compact', repository]);

    expect(await found(accessTo(repository, { rotation: 1 }), ['list', 'inspect', 'read'])).toEqual([
      'backup.ok passed',
      'backup.part-read passed',
    ]);
  });

  test('a repository whose key is kept in a file, with the key from where the plan says', async () => {
    await using other = await borgPlace('keyfile');
    for (const name of ['a', 'b']) await other.borg(['create', `${other.repository}::${name}`, 'documents'], { BORG_BASE_DIR: other.base });
    const key = await other.borg(['key', 'export', other.repository], { BORG_BASE_DIR: other.base });
    const options = { keyfile: { env: 'RESURGAM_BORG_KEY' } };

    expect(await found(accessTo(other.repository, options, { RESURGAM_BORG_KEY: key }), ['list'])).toEqual([]);
    await expect(borg.list(accessTo(other.repository), never)).rejects.toMatchObject({ code: 'credentials-refused' });
  });
});

test('an archive of the folder in which borg was started is compared without that folder itself', async () => {
  const repository = await place.copy('here');
  await place.borg(['create', `${repository}::here`, '.'], {}, place.source);

  expect(await found(accessTo(repository), ['fetch'])).toEqual(['backup.ok passed', 'restore.owners-not-set skipped (note)']);
});

test('an archive without encryption is told as one', async () => {
  await using open = await borgPlace('none');
  await open.borg(['create', `${open.repository}::a`, 'documents']);

  const { points } = await borg.list(accessTo(open.repository), never);

  expect(points.map(({ encrypted }) => encrypted)).toEqual([false]);
});

test('nothing is said of the backups when the passphrase is another one', async () => {
  const access = { ...accessTo(place.repository), env: { BORG_PASSPHRASE: 'another' } };

  await expect(borg.list(access, never)).rejects.toMatchObject({ name: BackupError.name, code: 'credentials-refused' });
});

test('what an archive holds cannot write outside the staging folder, nor be followed out of it', async () => {
  const hostile = join(place.folder, 'hostile');
  await mkdir(hostile);
  await symlink('/etc/passwd', join(hostile, 'absolute'));
  await writeFile(Buffer.concat([Buffer.from(`${hostile}/line\nbreak `), Buffer.from([0xff])]), 'no text');
  await writeFile(join(hostile, 'setuid'), 'x', { mode: 0o4755 });
  const repository = await place.copy('hostile-repository');
  await place.borg(['create', `${repository}::hostile`, 'hostile']);
  const access = accessTo(repository);
  await using staging = await newFolder();
  const [point] = (await borg.list(access, never)).points;
  if (point === undefined) throw new Error('no point');

  const staged = await borg.fetch(point, { store: access, staging: staging.path, progress: () => undefined }, never);

  expect(staged.findings.filter(one => one.required && one.outcome !== 'passed')).toEqual([]);
  expect(await readlink(join(staging.path, 'tree/hostile/absolute'))).toBe('/etc/passwd');
  expect(await readdir(staging.path)).toEqual(['tree']);
});
