import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { homePath, openHome, type Home } from '../../src/store/home.ts';
import { clientHmac, machineKeys } from '../../src/store/keys.ts';
import { destroyToolLogKey, readToolLog, saveToolLog } from '../../src/store/tool-log.ts';

const run = promisify(execFile);
let folder: string;
let home: Home;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'resurgam-home-'));
  home = await openHome(join(folder, 'home'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o777).toString(8);
}

describe('the home', () => {
  test('is where RESURGAM_HOME says, else in the state folder', () => {
    expect(homePath({ RESURGAM_HOME: '/srv/resurgam', HOME: '/home/a' })).toBe('/srv/resurgam');
    expect(homePath({ RESURGAM_HOME: '', XDG_STATE_HOME: '/state', HOME: '/home/a' })).toBe('/state/resurgam');
    expect(homePath({ HOME: '/home/a' })).toBe('/home/a/.local/state/resurgam');
  });

  test('can be opened by many at the same moment', async () => {
    vi.spyOn(Date, 'now').mockReturnValue(Date.now());
    const opened = await Promise.all(Array.from({ length: 50 }, () => openHome(join(folder, 'shared'))));

    vi.restoreAllMocks();
    expect(new Set(opened.map(({ path }) => path)).size).toBe(1);
    expect(await readdir(join(folder, 'shared/locks'))).toEqual([]);
  });

  test('has folders that only their owner may enter, whatever the umask', async () => {
    const before = process.umask(0);
    const opened = await openHome(join(folder, 'deep/er'));
    process.umask(before);

    const folders = (await readdir(opened.path)).toSorted();

    expect(folders).toEqual(['facts', 'keys', 'ledger', 'locks', 'reports', 'scratch', 'tool-logs']);
    expect(await Promise.all([opened.path, ...folders.map(name => join(opened.path, name))].map(modeOf))).toEqual(Array(8).fill('700'));
  });

  test.each(['../evil', 'a/b', '', '.', '..', '.hidden', 'a b', 'a\nb'])('makes no path of the name %j', name => {
    expect(() => home.ledger(name)).toThrow(/expected letters/);
  });

  test('says so when a file stands in its place', async () => {
    await writeFile(join(folder, 'file'), '');

    await expect(openHome(join(folder, 'file'))).rejects.toMatchObject({ name: 'StoreError' });
    await expect(openHome(join(folder, 'file/below'))).rejects.toMatchObject({ code: 'home-unwritable' });
  });

  test.runIf(process.getuid?.() === 0)('says so when it is mounted read-only', async () => {
    await run('mount', ['--bind', '-o', 'ro', home.path, home.path]);
    try {
      await run('mount', ['-o', 'remount,bind,ro', home.path]);

      await expect(openHome(home.path)).rejects.toMatchObject({
        code: 'home-unwritable',
        hint: expect.stringMatching(/^Set RESURGAM_HOME/) as string,
      });
    } finally {
      await run('umount', [home.path]);
    }
  });
});

describe('the keys of a client', () => {
  test('are made once, for their owner only, and stay the same', async () => {
    const [first, second] = await Promise.all([machineKeys(home, 'lakeside'), machineKeys(home, 'lakeside')]);
    const hmac = await clientHmac(home, 'lakeside');

    expect(first.current.keyid).toBe(second.current.keyid);
    expect(hmac('a')).toBe((await clientHmac(home, 'lakeside'))('a'));
    expect(hmac('a')).toMatch(/^[0-9a-f]{64}$/);
    expect(await modeOf(home.keys('lakeside'))).toBe('700');
    for (const name of ['machine.pem', 'client.key']) expect(await modeOf(join(home.keys('lakeside'), name))).toBe('600');
    expect((await readdir(home.keys('lakeside'))).filter(name => name.endsWith('.tmp'))).toEqual([]);
  });

  test('differ from those of another client', async () => {
    const [ours, theirs] = [await machineKeys(home, 'lakeside'), await machineKeys(home, 'hillside')];

    expect(ours.current.keyid).not.toBe(theirs.current.keyid);
    expect((await clientHmac(home, 'lakeside'))('a')).not.toBe((await clientHmac(home, 'hillside'))('a'));
  });

  test.each([
    ['machine.pem', 0o640],
    ['machine.pem', 0o604],
    ['client.key', 0o644],
    ['', 0o750],
  ])('are refused when others could have read %j (mode %o)', async (name, mode) => {
    await machineKeys(home, 'lakeside');
    await clientHmac(home, 'lakeside');
    await chmod(join(home.keys('lakeside'), name), mode);

    const use = async (): Promise<unknown> => [await machineKeys(home, 'lakeside'), await clientHmac(home, 'lakeside')];

    await expect(use()).rejects.toMatchObject({ code: 'key-loose', hint: expect.stringContaining('chmod go=') as string });
  });

  test('are not made anew for a ledger that is there already', async () => {
    await mkdir(home.ledger('lakeside'), { recursive: true });
    await writeFile(join(home.ledger('lakeside'), 'ledger.jsonl'), '{}\n');

    await expect(machineKeys(home, 'lakeside')).rejects.toMatchObject({ code: 'key-missing' });
  });
});

describe('a tool log', () => {
  const place = { client: 'lakeside', drill: 'd-1', name: 'pg_restore' };
  const text = Buffer.from('ERROR: Key (ssn)=(123-45-6789) already exists');

  test('can be read again by its owner, and stands nowhere in plain', async () => {
    const mark = await saveToolLog(home, place, text);

    // With its hyphens: digits alone stand by chance in the hexadecimal of one key in a thousand.
    const { stdout } = await run('grep', ['-rlF', '123-45-6789', home.path]).catch(() => ({ stdout: '' }));
    expect(mark).toEqual({ name: 'pg_restore', hmac: (await clientHmac(home, 'lakeside'))(text), bytes: text.length });
    expect(await readToolLog(home, place)).toEqual(text);
    expect(stdout).toBe('');
  });

  test('is gone for ever once its key was destroyed', async () => {
    await saveToolLog(home, place, text);

    await destroyToolLogKey(home, place);

    expect(await readToolLog(home, place)).toBeUndefined();
  });

  test('is refused when it was changed, or put in the place of another', async () => {
    await saveToolLog(home, place, text);
    const logs = join(home.toolLogs('lakeside'), 'd-1');
    const kept = await readFile(join(logs, 'pg_restore.log'));
    await writeFile(join(logs, 'psql.log'), kept);
    kept[kept.length - 1] = (kept.at(-1) ?? 0) ^ 1;
    await writeFile(join(logs, 'pg_restore.log'), kept);

    await expect(readToolLog(home, place)).rejects.toThrow();
    await expect(readToolLog(home, { ...place, name: 'psql' })).rejects.toThrow();
  });
});
