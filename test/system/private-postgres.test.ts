import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, readlink, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { privateConnection } from '../../src/store/state/address.ts';
import { makeSocketFolder, privatePlace } from '../../src/system/private-postgres-place.ts';
import { findPrivateServer, runPrivateServer, stopPrivateServer } from '../../src/system/private-postgres.ts';

const run = promisify(execFile);
const OPENING = join(import.meta.dirname, '../store/state/opening.mjs');
/** The built program: what set-up has just made of these sources. */
const BUILT = join(import.meta.dirname, '../../dist');
const ROOT = process.getuid?.() === 0;

async function ask(folder: string, text: string): Promise<readonly Record<string, unknown>[]> {
  const { socket } = await runPrivateServer({ folder });
  const client = new pg.Client({ connectionString: privateConnection(socket, 'postgres') });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

const pidIn = async (folder: string): Promise<number> =>
  Number((await readFile(join(folder, 'data/postmaster.pid'), 'utf8')).split('\n')[0]);

describe('one server', () => {
  /** Below the home of whoever runs the tests, closed to everybody else: as root that is /root. */
  let home: string;
  let folder: string;
  beforeAll(async () => {
    home = await mkdtemp(join(homedir(), '.rsg-private-'));
    folder = join(home, 'postgres');
    await ask(folder, 'create table kept (n int)');
  });
  afterAll(async () => {
    await stopPrivateServer(folder);
    await rm(home, { recursive: true, force: true });
  });

  test('is reached by its socket alone, which is its owner’s alone, and computes checksums', async () => {
    const [row] = await ask(
      folder,
      `select current_setting('listen_addresses') as addresses, current_setting('data_checksums') as checksums,
        pg_encoding_to_char(encoding) as encoding, datcollate as locale, current_setting('fsync') as fsync from pg_database where datname = 'postgres'`,
    );
    const modes = await Promise.all(
      ['', 's', 's/.s.PGSQL.5432', 'data', 'log'].map(async name => (await stat(join(folder, name))).mode & 0o777),
    );

    expect(row).toEqual({ addresses: '', checksums: 'on', encoding: 'UTF8', locale: 'C.UTF-8', fsync: 'on' });
    expect(modes).toEqual([0o700, 0o700, 0o700, 0o700, 0o600]);
  });

  test('has nothing of our environment, and belongs to whoever started it', async () => {
    const pid = await pidIn(folder);
    const names = (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0').map(line => line.split('=')[0]);

    expect(names.filter(name => name !== '')).not.toContain('HOME');
    expect((await stat(join(folder, 'data'))).uid).toBe(process.getuid?.());
    expect((await stat(`/proc/${pid}`)).uid).toBe(process.getuid?.());
    expect(await readlink(`/proc/${pid}/exe`)).toContain('node_modules/postgres-18/');
  });

  test('that runs already is taken as it is', async () => {
    const [first, second] = [await runPrivateServer({ folder }), await runPrivateServer({ folder })];

    expect(second).toEqual(first);
    expect(second).toMatchObject({ adopted: true, pid: await pidIn(folder) });
  });

  test('that was killed comes back with everything that was committed', async () => {
    for (const n of [1, 2]) {
      await ask(folder, `insert into kept values (${n})`);
      process.kill(await pidIn(folder), 'SIGKILL');
    }

    expect(await ask(folder, 'select array_agg(n order by n) as n from kept')).toEqual([{ n: [1, 2] }]);
  });

  test('is not kept from starting by an innocent process that has its old number', async () => {
    expect(await stopPrivateServer(folder)).toBe(true);
    await writeFile(
      join(folder, 'data/postmaster.pid'),
      `${process.pid}\n${folder}/data\n1795379788\n5432\n${folder}/s\n\n  10076858    983099\n`,
    );

    expect(await stopPrivateServer(folder)).toBe(false);
    expect(await ask(folder, 'select count(*)::int as n from kept')).toEqual([{ n: 2 }]);
  });

  test('whose socket was taken away is replaced by one that can be reached', async () => {
    const before = await pidIn(folder);
    await rm(join(folder, 's'), { recursive: true });

    expect(await ask(folder, 'select count(*)::int as n from kept')).toEqual([{ n: 2 }]);
    expect(await pidIn(folder)).not.toBe(before);
  });

  test('is started by one of those who ask at once', async () => {
    await stopPrivateServer(folder);

    const servers = await Promise.all(Array.from({ length: 4 }, () => runPrivateServer({ folder })));

    expect(new Set(servers.map(({ pid }) => pid)).size).toBe(1);
    expect(servers.filter(({ adopted }) => !adopted)).toHaveLength(1);
  });

  test('says nothing in its log of what it is asked', async () => {
    await expect(ask(folder, "select 'a secret value'::int")).rejects.toThrow();

    expect(await readFile(join(folder, 'log'), 'utf8')).not.toContain('a secret value');
  });

  test('can be stopped, and then there is none', async () => {
    expect(await stopPrivateServer(folder)).toBe(true);

    expect(await stopPrivateServer(folder)).toBe(false);
    expect(await findPrivateServer(folder)).toBeUndefined();
  });

  test.each([
    ['of another major version', 'PG_VERSION', '17\n'],
    ['that lost its version', 'PG_VERSION', undefined],
  ])('is not made anew over data %s', async (_which, name, content) => {
    const file = join(folder, 'data', name);
    const was = await readFile(file);
    await (content === undefined ? rm(file) : writeFile(file, content));

    await expect(runPrivateServer({ folder })).rejects.toMatchObject({ name: 'PrivatePostgresError', code: 'data-unusable' });
    await writeFile(file, was);
  });
});

test('a first start that was broken off does not stand in the way of the next', async () => {
  const folder = await mkdtemp('/tmp/rsg-private-');
  await mkdir(join(folder, 'data.new/base'), { recursive: true });
  await writeFile(join(folder, 'data.new/PG_VERSION'), '18\n');
  await mkdir(join(folder, 'data'));
  await writeFile(join(folder, 'data/half'), '');
  try {
    expect(await ask(folder, 'select 1 as one')).toEqual([{ one: 1 }]);

    const names = await readdir(folder);
    const aside = names.find(name => name.startsWith('data.unfinished-'));
    expect(await readdir(join(folder, aside ?? ''))).toEqual(['half']);
    expect(names).not.toContain('data.new');
  } finally {
    await stopPrivateServer(folder);
    await rm(folder, { recursive: true, force: true });
  }
});

test('processes that open the state of a new home at once, below a long path, end with one server', async () => {
  const base = await mkdtemp('/tmp/rsg-private-');
  const home = join(base, 'a-long-name-'.repeat(12), 'home');
  const runtime = join(base, 'run');
  await mkdir(home, { recursive: true });
  await mkdir(runtime, { mode: 0o700 });
  const env = {
    PATH: process.env['PATH'],
    XDG_RUNTIME_DIR: runtime,
    PGPORT: '1',
    PGHOST: '/nowhere',
    PGSSLMODE: 'require',
    PGOPTIONS: '-c bad=1',
  };
  try {
    const printed = await Promise.all(['a', 'a', 'b'].map(client => run('node', [OPENING, BUILT, home, client], { env, cwd: '/' })));

    const rows = printed.map(({ stdout }) => JSON.parse(stdout) as { seq: number; server: string; role: string }[]);
    expect(rows.map(([row]) => row?.seq).sort()).toEqual([1, 1, 2]);
    expect(new Set(rows.map(([row]) => row?.server)).size).toBe(1);
    expect((await findPrivateServer(join(home, 'postgres')))?.socket).toMatch(new RegExp(`^${runtime}/pg-[0-9a-f]{12}$`));
  } finally {
    await stopPrivateServer(join(home, 'postgres'));
    await rm(base, { recursive: true, force: true });
  }
});

test('an ordinary user has a server of his own in a home that nobody else may enter', async () => {
  const home = await mkdtemp('/tmp/rsg-private-');
  const account = ROOT ? { uid: 65_534, gid: 65_534 } : {};
  if (ROOT) await chown(home, 65_534, 65_534);
  try {
    const { stdout } = await run('node', [OPENING, BUILT, home, 'a'], { ...account, env: { PATH: process.env['PATH'] }, cwd: '/' });

    expect(JSON.parse(stdout)).toMatchObject([{ seq: 1, role: 'resurgam_client' }]);
    expect((await stat(join(home, 'postgres/data'))).uid).toBe(ROOT ? 65_534 : process.getuid?.());
    // Root may use it, and does not start it in his place.
    expect(await runPrivateServer({ folder: join(home, 'postgres') })).toMatchObject({ adopted: true });
    await stopPrivateServer(join(home, 'postgres'));
    if (ROOT) await expect(runPrivateServer({ folder: join(home, 'postgres') })).rejects.toMatchObject({ code: 'no-place' });
  } finally {
    await stopPrivateServer(join(home, 'postgres'));
    await rm(home, { recursive: true, force: true });
  }
});

describe('the folder of a socket whose path would be too long', () => {
  let base: string;
  beforeAll(async () => {
    base = await mkdtemp('/tmp/rsg-private-');
  });
  afterAll(() => rm(base, { recursive: true, force: true }));
  const longPlace = () => privatePlace(join(base, 'long-'.repeat(30)));

  test('is in the runtime folder, the same for the same home', async () => {
    const made = await makeSocketFolder(longPlace(), base);

    expect(made).toMatch(new RegExp(`^${base}/pg-[0-9a-f]{12}$`));
    expect(await makeSocketFolder(longPlace(), base)).toBe(made);
    expect((await stat(made)).mode & 0o777).toBe(0o700);
  });

  test.each([[undefined], [''], ['/run/user/that-is-not-there'], [`/tmp/${'long-'.repeat(30)}`]])(
    'is in /tmp where the runtime folder is %s',
    async runtime => {
      const made = await makeSocketFolder(longPlace(), runtime);
      await rmdir(made);
      // Another run may have a server there.
      await rmdir(dirname(made)).catch(() => undefined);

      expect(made).toMatch(new RegExp(`^/tmp/resurgam-${process.getuid?.() ?? ''}/pg-[0-9a-f]{12}$`));
    },
  );

  test('is refused where somebody else could enter it', async () => {
    const place = privatePlace(join(base, 'other-'.repeat(30)));
    const made = await makeSocketFolder(place, base);
    await chmod(made, 0o750);

    await expect(makeSocketFolder(place, base)).rejects.toMatchObject({ name: 'PrivatePostgresError', code: 'no-place' });
  });
});

test.runIf(ROOT)('root on a machine without user namespaces is told what to do', async () => {
  const folder = await mkdtemp('/tmp/rsg-private-');
  const script = `echo 0 > /proc/sys/user/max_user_namespaces && exec node "$@"`;
  const home = join(folder, 'home');
  try {
    // In a user namespace of its own, whose limit is its own.
    const failed = await run('unshare', ['--user', '--map-root-user', 'sh', '-c', script, 'sh', OPENING, BUILT, home, 'a'], {
      cwd: '/',
    }).catch((error: unknown) => error as { stderr: string });

    expect(failed.stderr).toContain('unshare failed');
    expect(failed.stderr).toContain('set DATABASE_URL');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
