import { appendFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetch } from '../../../src/backup/pg-dump/fetch.ts';
import { access, join, never, onlyPoint, said, staged, startDumpSource, type DumpSource } from './dumps.ts';

describe('fetching a dump', () => {
  let source: DumpSource;
  beforeAll(async () => {
    source = await startDumpSource();
  });
  afterAll(() => source[Symbol.asyncDispose]());

  async function folderWith(command: string): Promise<string> {
    const folder = await source.folder();
    await source.shell(folder, command);
    return folder;
  }

  it('writes only names of its own, whatever the store calls them', async () => {
    const folder = await folderWith("mkdir 'Jane Doe'; pg_dump -Fd -f 'Jane Doe/x' ehr; echo secret > 'Jane Doe/x/Jane Doe.txt'");
    const staging = await mkdtemp('/tmp/rsg-staging-');

    await fetch(await onlyPoint(folder), { store: access({ from: folder }), staging, progress: () => undefined }, never);
    const names = await readdir(staging, { recursive: true });
    await rm(staging, { recursive: true });

    expect(names.every(name => /^dump\.dir(?:\/(?:toc\.dat|\d+\.dat\.gz|blobs\.toc|blob_\d+\.dat\.gz))?$/.test(name))).toBe(true);
    expect(names.length).toBeGreaterThan(5);
  });

  it('gives a directory dump one digest, that of its files in the order of their names', async () => {
    const folder = await folderWith('pg_dump -Fd -f x ehr');

    const first = await staged(await onlyPoint(folder), access({ from: folder }));
    const second = await staged(await onlyPoint(folder), access({ from: folder }));
    await Promise.all([first.remove(), second.remove()]);

    expect(first.staged.sha256).toBe(second.staged.sha256);
  });

  it('notices that a file was changed since it was listed', async () => {
    const folder = await folderWith('pg_dump -Fc -f x ehr');
    const point = await onlyPoint(folder);
    await appendFile(join(folder, 'x'), 'more');

    expect(await staged(point, access({ from: folder })).catch((thrown: unknown) => thrown)).toMatchObject({ code: 'bytes-changed' });
  });

  it('notices that a file has gone', async () => {
    const folder = await folderWith('pg_dump -Fc -f x ehr');
    const point = await onlyPoint(folder);
    await rm(join(folder, 'x'));

    expect(await staged(point, access({ from: folder })).catch((thrown: unknown) => thrown)).toMatchObject({ name: 'BackupError' });
  });

  it('does not follow a link that took the place of the file', async () => {
    const folder = await folderWith('pg_dump -Fc -f x ehr');
    const point = await onlyPoint(folder);
    await source.shell(folder, 'rm x; ln -s /etc/passwd x');

    expect(await staged(point, access({ from: folder })).catch((thrown: unknown) => thrown)).toMatchObject({ name: 'BackupError' });
  });

  it('into a full disk says so', async () => {
    const folder = await folderWith('pg_dump -Fc -Z0 -f x ehr');
    const point = await onlyPoint(folder);
    const staging = await mkdtemp('/tmp/rsg-staging-');
    await source.shell(staging, 'mkdir small && mount -t tmpfs -o size=64k tmpfs small');

    const error = await fetch(
      point,
      { store: access({ from: folder }), staging: join(staging, 'small'), progress: () => undefined },
      never,
    ).catch((thrown: unknown) => thrown);
    await source.shell(staging, 'umount small');
    await rm(staging, { recursive: true });

    expect(error).toMatchObject({ code: 'staging-full' });
  });

  it('ends when it is stopped', async () => {
    const folder = await folderWith('pg_dump -Fc -f x ehr');
    const stop = AbortSignal.abort();

    const error = await fetch(
      await onlyPoint(folder),
      { store: access({ from: folder }), staging: folder, progress: () => undefined },
      stop,
    ).catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ code: 'stopped' });
  });

  it.each(['cat > globals.sql', 'gzip > g.gz', 'zstd -q > anything', 'lz4 -q > x.lz4', 'xz > roles.xz'])(
    'brings the globals that lie beside it, opened (%s)',
    async tool => {
      const folder = await folderWith(`pg_dump -Fc -f x ehr; pg_dumpall --globals-only | ${tool}`);
      const staging = await mkdtemp('/tmp/rsg-staging-');

      const { handle } = await fetch(
        await onlyPoint(folder),
        { store: access({ from: folder }), staging, progress: () => undefined },
        never,
      );
      const text = await readFile(join(staging, 'globals.sql'), 'utf8');
      await rm(staging, { recursive: true });

      expect(handle['globals']).toBe('globals.sql');
      expect(text).toContain('CREATE ROLE postgres');
      expect(text).toContain('-- PostgreSQL database cluster dump complete');
    },
  );

  it('brings the globals that the plan names, and fails without them', async () => {
    const folder = await folderWith(
      'mkdir dumps other; pg_dump -Fc -f dumps/x ehr; pg_dumpall --globals-only > other/roles; echo no > other/wrong',
    );
    const from = join(folder, 'dumps');
    const outcome = async (name: string): Promise<readonly unknown[]> => {
      const one = await staged(await onlyPoint(from), access({ from, globals: join(folder, 'other', name) }));
      await one.remove();
      return [one.staged.handle['globals'], said(one.staged.findings)];
    };

    expect(await outcome('roles')).toEqual(['globals.sql', ['backup.ok passed']]);
    expect(await outcome('wrong')).toEqual([null, ['backup.globals-missing failed', 'backup.ok passed']]);
    expect(await outcome('absent')).toEqual([null, ['backup.globals-missing failed', 'backup.ok passed']]);
  });
});
