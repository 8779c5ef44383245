import { chmod, chown, lstat, mkdir, readdir, readFile, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { HAND_PREPARE } from '../../src/backup/by-hand.ts';
import { pgBasebackup } from '../../src/backup/pg-basebackup/tool.ts';
import type { Listing, Staged } from '../../src/backup/backup.ts';
import { bench, type Bench } from '../e2e/cli.ts';
import { branch, copyOf, SEGMENT_BYTES, startArchivingSource, type ArchivingSource } from '../fixtures/archiving-source.ts';
import { typeAway } from '../fixtures/by-hand-machine.ts';
import { accessTo, alarms, recoverFrom, type RecoverOptions, type Recovered } from '../fixtures/recovering.ts';

/** What the source knew, at each moment. */
const at = { second: '', lsn: '', tablespace: 0 };
let source: ArchivingSource;
let store: string;
const made: string[] = [];

/** 1000 rows in the base backup, 1000 after it, a restore point, 1000 more; a tablespace; every kind of base backup. */
beforeAll(async () => {
  source = await startArchivingSource();
  const { server, folder } = source;
  const space = join(server.socket, 'space');
  await mkdir(space);
  if (process.getuid?.() === 0) await chown(space, 65534, 65534);
  await server.sql('ehr', `create tablespace rooms location '${space}'`);
  await server.sql('ehr', 'create table room tablespace rooms as select generate_series(1, 50) as n');
  await source.addRows(1000);
  await mkdir(join(folder, 'plain'));
  await mkdir(join(folder, 'tar'));
  await server.client('pg_basebackup', ['-D', join(folder, 'plain/one'), '-c', 'fast', '-T', `${space}=${folder}/plain/one-space`]);
  await server.client('pg_basebackup', ['-D', join(folder, 'tar/one'), '-c', 'fast', '-Ft', '-z']);
  at.second = await source.addRows(1000);
  const { rows } = await server.sql('ehr', `select pg_create_restore_point('before upgrade')::text as lsn`);
  at.lsn = (rows as { lsn: string }[])[0]?.lsn ?? '';
  await source.addRows(1000);
  store = source.folder;
});
afterEach(async () => {
  for (const folder of made.splice(0)) await rm(folder, { recursive: true, force: true });
});
afterAll(() => source.stop());

/** A copy of everything, to be damaged. */
async function copy(): Promise<string> {
  const folder = await copyOf(store);
  made.push(folder);
  return folder;
}

const optionsIn = (folder: string, more: Readonly<Record<string, unknown>> = {}) => ({
  from: join(folder, 'plain'),
  wal: join(folder, 'archive'),
  tablespaces: join(folder, 'plain'),
  ...more,
});
const recover = (folder: string, more: Readonly<Record<string, unknown>> = {}, how: RecoverOptions = {}): Promise<Recovered> =>
  recoverFrom(pgBasebackup, optionsIn(folder, more), how);
const list = (folder: string, more: Readonly<Record<string, unknown>> = {}): Promise<Listing> =>
  pgBasebackup.list(accessTo(pgBasebackup, optionsIn(folder, more)), new AbortController().signal);

/** Archived segments of the first timeline, oldest first. */
async function segmentsIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(join(folder, 'archive'));
  return names
    .filter(name => /^00000001[0-9A-F]{16}$/.test(name))
    .sort()
    .map(name => join(folder, 'archive', name));
}

/** Puts a changed file in place of one that other copies share. */
async function replace(file: string, change: (content: Buffer) => Buffer): Promise<void> {
  const content = change(await readFile(file));
  await rm(file);
  await writeFile(file, content);
}

const spoil = (file: string, share: number, bytes = 64): Promise<void> =>
  replace(file, content => content.fill(0xa5, Math.floor(content.length * share), Math.floor(content.length * share) + bytes));
const cut = (file: string, bytes: number): Promise<void> => replace(file, content => content.subarray(0, bytes));

/** The largest file of the database `ehr`. */
async function relationIn(folder: string): Promise<string> {
  const { rows } = await source.server.sql('ehr', `select pg_relation_filepath('visit') as path`);
  return join(folder, 'plain/one', (rows as { path: string }[])[0]?.path ?? '');
}

describe('healthy base backups pass without alarm', () => {
  test.each(['plain', 'tar'])('%s, with a tablespace, replayed to the newest archived transaction', async shape => {
    let rooms: unknown;
    const got = await recover(
      store,
      { from: join(store, shape) },
      {
        ask: async running => void (rooms = (await running.sql('select count(*)::int as n from room'))[0]?.['n']),
      },
    );

    expect([alarms(got.findings), got.rows, rooms]).toEqual([[], 3000, 50]);
    expect(got.point).toMatchObject({ kind: 'pitr', consistentBasis: 'derived' });
    expect(got.findings.find(found => found.code === 'restore.last-transaction')?.observed).toBe(got.point?.consistentAt);
  });

  test('a base backup alone, without any archive', async () => {
    const got = await recover(store, { wal: undefined });

    expect([alarms(got.findings), got.point?.kind, got.rows]).toEqual([[], 'full', 1000]);
  });

  test('an archive that is packed, and a base backup that brings no log of its own', async () => {
    const folder = await copy();
    for (const file of await readdir(join(folder, 'plain/one/pg_wal')))
      await rm(join(folder, 'plain/one/pg_wal', file), { recursive: true });
    for (const file of await segmentsIn(folder)) {
      await writeFile(`${file}.gz`, gzipSync(await readFile(file)));
      await rm(file);
    }
    const got = await recover(folder);

    expect([alarms(got.findings), got.rows]).toEqual([[], 3000]);
  });

  test.each([
    ['a moment', () => ({ target: { time: at.second } }), 2000],
    ['a restore point', () => ({ target: { name: 'before upgrade' } }), 2000],
    ['a position in the log', () => ({ target: { lsn: at.lsn } }), 2000],
  ])('to %s', async (_name, target, rows) => {
    const got = await recover(store, target());

    expect([alarms(got.findings), got.rows]).toEqual([[], rows]);
  });

  test('along a new timeline, and along the old one when the plan names it', async () => {
    await branch(source, join(store, 'plain/one'), 7);
    try {
      const newest = await recover(store, { tablespaces: join(store, 'plain') });
      const first = await list(store, { timeline: 1 });

      expect([alarms(newest.findings), newest.rows]).toEqual([[], 3007]);
      expect(first.points[0]?.handle['timeline']).toBe(1);
    } finally {
      for (const name of await readdir(source.archive)) if (name.startsWith('00000002')) await rm(join(source.archive, name));
    }
  });

  test('W15 W16: more connections than here, a folder that anybody may read', async () => {
    const folder = await copy();
    await chmod(join(folder, 'plain/one'), 0o755);
    let allowed: unknown;
    const got = await recover(folder, {}, { ask: async running => void (allowed = (await running.sql('show max_connections'))[0]) });

    expect([alarms(got.findings), got.rows, allowed]).toEqual([[], 3000, { max_connections: '120' }]);
  });
});

interface Case {
  readonly mode: string;
  /** One of these must be said, as required, and failed. */
  readonly code: string;
  readonly more?: Readonly<Record<string, unknown>>;
  /** Which kind of base backup. Default `plain`. */
  readonly shape?: 'tar';
  inject(folder: string): Promise<void>;
}

const listed: readonly Case[] = [
  {
    mode: 'W03: a base backup without its log',
    code: 'backup.wal-missing',
    inject: async folder => {
      await rm(join(folder, 'plain/one/pg_wal'), { recursive: true });
      for (const file of await segmentsIn(folder)) await rm(file);
    },
  },
  { mode: 'W04: backup_label was removed', code: 'backup.label-missing', inject: folder => rm(join(folder, 'plain/one/backup_label')) },
  {
    mode: 'W08: a segment in the middle of the archive is gone',
    code: 'backup.wal-gap',
    inject: async folder => rm((await segmentsIn(folder)).at(-2) ?? ''),
  },
  {
    mode: 'W10: archive_command does nothing',
    code: 'backup.wal-not-archived',
    inject: async folder => {
      for (const file of await segmentsIn(folder)) await rm(file);
    },
  },
  {
    mode: 'W24: an archived segment is cut short',
    code: 'backup.wal-damaged',
    inject: async folder => cut((await segmentsIn(folder)).at(-2) ?? '', SEGMENT_BYTES / 2),
  },
  {
    mode: 'W28: another cluster archives into the same folder',
    code: 'backup.wal-foreign',
    inject: async folder => {
      for (const file of (await segmentsIn(folder)).slice(-2))
        await replace(file, content => {
          content.writeBigUInt64LE(7_700_000_000_000_000_000n, 24);
          return content;
        });
    },
  },
  {
    mode: 'a timeline that nobody archived',
    code: 'backup.timeline-missing',
    more: { timeline: 9 },
    inject: () => Promise.resolve(),
  },
  {
    mode: 'a manifest that is cut off',
    code: 'backup.truncated',
    inject: folder => cut(join(folder, 'plain/one/backup_manifest'), 5_000),
  },
  {
    mode: 'pg_basebackup was killed long ago',
    code: 'backup.newer-incomplete',
    inject: async folder => {
      const base = join(folder, 'plain/one');
      await rename(join(base, 'backup_manifest'), join(base, 'backup_manifest.tmp'));
      // No file of it is as young as one that is being written.
      for (const name of await readdir(base, { recursive: true })) {
        const file = join(base, name);
        if (!(await lstat(file)).isFile()) continue;
        await replace(file, content => content);
        await utimes(file, new Date(0), new Date(0));
      }
    },
  },
];

describe('is found where the backups lie', () => {
  test.each(listed.map(one => [one.mode, one] as const))('%s', async (_mode, one) => {
    const folder = await copy();
    await one.inject(folder);

    const { findings } = await list(folder, one.more);

    expect(alarms(findings)).toContain(`${one.code} failed`);
  });

  test('none of it in a healthy store', async () => {
    const { findings, points } = await list(store);

    expect([alarms(findings), points.map(point => point.kind)]).toEqual([[], ['pitr', 'full']]);
  });
});

const restored: readonly Case[] = [
  { mode: 'W01: bytes of a table changed', code: 'backup.digest-mismatch', inject: async folder => spoil(await relationIn(folder), 0.5) },
  { mode: 'W02: a file of a table is missing', code: 'backup.files-missing', inject: async folder => rm(await relationIn(folder)) },
  {
    mode: 'W11: a moment that the archive does not reach',
    code: 'restore.target-not-reached',
    more: { target: { time: '2099-01-01T00:00:00Z' } },
    inject: () => Promise.resolve(),
  },
  {
    mode: 'W24: bytes of a segment in the middle changed',
    code: 'restore.log-ended-early',
    inject: async folder => spoil((await segmentsIn(folder)).at(-2) ?? '', 0.2, 8_192),
  },
  {
    mode: 'W24: bytes of the last segment changed',
    code: 'backup.wal-damaged',
    inject: async folder => spoil((await segmentsIn(folder)).at(-1) ?? '', 0.1, 8_192),
  },
  {
    mode: 'a tablespace that was not saved',
    code: 'backup.tablespaces-missing',
    inject: folder => rm(join(folder, 'plain/one-space'), { recursive: true }),
  },
  {
    mode: 'a link among the files of the database',
    code: 'backup.foreign-members',
    inject: async folder => symlink('/etc/shadow', join(folder, 'plain/one/base/link')),
  },
  {
    mode: 'an archive of a tar-format backup is cut off',
    code: 'restore.truncated',
    shape: 'tar',
    inject: folder => cut(join(folder, 'tar/one/base.tar.gz'), 200_000),
  },
];

describe('is found when it is restored', () => {
  test.each(restored.map(one => [one.mode, one] as const))('%s', async (_mode, one) => {
    const folder = await copy();
    await one.inject(folder);
    const more = one.shape === undefined ? one.more : { from: join(folder, one.shape) };

    const got = await recover(folder, more);

    expect(alarms(got.findings)).toContain(`${one.code} failed`);
  });

  test('W09: the archived log does not reach the server', async () => {
    const fetch = async (...args: Parameters<typeof pgBasebackup.fetch>): Promise<Staged> => {
      const staged = await pgBasebackup.fetch(...args);
      for (const name of (await readdir(join(staged.folder, 'wal'))).slice(-2)) await rm(join(staged.folder, 'wal', name));
      return staged;
    };
    const got = await recoverFrom({ ...pgBasebackup, fetch }, optionsIn(store));

    expect(alarms(got.findings)).toContain('restore.log-ended-early failed');
  });
});

describe('a whole drill', () => {
  let place: Bench;
  beforeAll(async () => {
    place = await bench({ inProcess: true });
  });
  afterAll(() => place.remove());
  const drill = async (folder: string) => {
    const { from, wal, tablespaces } = optionsIn(folder);
    const backup = `{ tool: pg-basebackup, from: ${from}, wal: ${wal}, tablespaces: ${tablespaces} }`;
    return place.drill(await place.plan('ehr', `components:\n  database:\n    backup: ${backup}\n`));
  };

  test('of a healthy archive passes', async () => {
    const { record, ran } = await drill(store);

    const bad = record.findings.filter(found => found.outcome !== 'passed');
    expect({ verdict: record.verdict, bad }, ran.stderr).toEqual({ verdict: 'passed', bad: [] });
    expect(record.services).toMatchObject([{ engine: 'postgres', settings: { fsync: 'on', data_checksums: 'on' } }]);
  });

  test('W05: a page that was damaged in the source fails, although the backup is whole', async () => {
    const folder = await copy();
    await rm(join(folder, 'plain/one/backup_manifest'));
    // Everything that was changed since is replayed over it: this table was not.
    const { rows } = await source.server.sql(
      'ehr',
      `select pg_relation_filepath('room') as path, 'pg_tblspc/' || t.oid as link from pg_tablespace t where spcname = 'rooms'`,
    );
    const [room] = rows as { path: string; link: string }[];
    await spoil(join(folder, 'plain/one-space', room?.path.slice(room.link.length + 1) ?? ''), 0.9);

    const { record, ran } = await drill(folder);

    const said = record.findings.filter(found => found.outcome === 'failed').map(found => found.code);
    expect([record.verdict, said], ran.stderr).toEqual(['failed', expect.arrayContaining(['integrity.table-unreadable'])]);
  });
});

test('W14 W25: what the backup wants of the server that restores it does not happen, and is told', async () => {
  const folder = await copy();
  const base = join(folder, 'plain/one');
  await rm(join(base, 'backup_manifest'));
  await rm(join(base, 'postgresql.conf'));
  await writeFile(join(base, 'standby.signal'), '');
  await replace(join(base, 'postgresql.auto.conf'), () =>
    Buffer.from(
      `shared_preload_libraries = 'no_such_library'\nrestore_command = 'touch /postgres/data/pwned; false'\narchive_cleanup_command = 'touch /postgres/data/pwned'\nprimary_conninfo = 'host=192.0.2.1'\nlisten_addresses = '*'\n`,
    ),
  );
  await replace(join(base, 'pg_hba.conf'), () => Buffer.from('local all all reject\n'));
  let pwned: unknown;
  const got = await recover(
    folder,
    {},
    {
      ask: async running =>
        void (pwned = (
          await running.sql(`select (pg_stat_file('pwned', true)).size as size, current_setting('listen_addresses') as listen`)
        )[0]),
    },
  );

  expect(got.rows).toBe(3000);
  expect(pwned).toEqual({ size: null, listen: '' });
  expect(alarms(got.findings)).toEqual([
    'backup.manifest-missing skipped (note)',
    'restore.standby-signal failed (note)',
    'restore.settings-not-in-backup skipped (note)',
    'restore.preload-missing inconclusive',
  ]);
});

test.runIf(process.getuid?.() === 0)(
  'whoever types the commands gets tablespaces and the wanted moment back, from a plain base backup and from a packed one',
  async () => {
    const asked =
      "psql -XAtc 'select count(*) from visit' -c 'select count(*) from room' -c 'select pg_tablespace_location(oid) from pg_tablespace where spcname = $$rooms$$'";
    const typed = async (options: Readonly<Record<string, unknown>>): Promise<readonly string[]> => {
      const { section } = accessTo(pgBasebackup, options);
      const { fetch, restore, start = [] } = pgBasebackup.byHand(section, { component: 'part', major: 15, port: 5432, database: null });
      const came = await typeAway([...HAND_PREPARE, ...fetch, ...restore, ...start, 'echo "=== asked"', asked].join('\n'));
      expect(came.code, `${came.stdout}\n${came.stderr}`).toBe(0);
      return (came.stdout.split('=== asked\n')[1] ?? '')
        .trimEnd()
        .split('\n')
        .map(line => line.replace(/\d+$/, number => (line.startsWith('/') ? 'N' : number)));
    };

    const plain = await typed(optionsIn(store, { target: { time: at.second } }));
    const packed = await typed({ from: join(store, 'tar'), wal: join(store, 'archive') });

    expect(plain).toEqual(['2000', '50', '/srv/recovered/part-tablespaces/N']);
    expect(packed).toEqual(['3000', '50', '/srv/recovered/part-tablespaces/N']);
  },
);
