import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BackupError } from '../../../src/backup/backup.ts';
import { list } from '../../../src/backup/pg-dump/list.ts';
import { recognise } from '../../../src/backup/pg-dump/recognise.ts';
import { access, join, listing, never, onlyPoint, said, staged, startDumpSource, type DumpSource } from './dumps.ts';

describe('a folder of dumps', () => {
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
  const dumpAt = (name: string, age: string, more = ''): string => `pg_dump -Fc ${more} -f ${name} ehr && touch -d '${age} ago' ${name}; `;

  it('may have any names: spaces, line breaks, quotes, UTF-8, dashes, folders in folders', async () => {
    const names = ['a b', '-rf', '--help', "it's", '"q"', 'größe ✓.sql', 'line\nbreak', '$(touch x)', 'deep/er/and deeper/x'];
    const folder = await folderWith('mkdir -p "deep/er/and deeper"; pg_dump -Fc -f x ehr');
    await source.shell(folder, names.map(name => `cp -- x ./'${name.replaceAll("'", String.raw`'\''`)}'; `).join(''));

    const { points, looked } = await listing(folder);
    const fetched = await Promise.all(points.map(point => staged(point, access({ from: folder }))));
    await Promise.all(fetched.map(one => one.remove()));

    expect(looked).toBe(names.length + 1);
    expect(new Set(points.map(({ id }) => id)).size).toBe(names.length + 1);
    expect(new Set(fetched.map(one => one.staged.sha256)).size).toBe(1);
    expect(points.every(({ id, location }) => /^dump-\d{8}T\d{6}Z-[0-9a-f]{12}$/.test(id) && location === folder)).toBe(true);
  });

  it('may also be a single file', async () => {
    const folder = await folderWith('pg_dump -Fc -f one ehr');

    const point = await onlyPoint(join(folder, 'one'));
    const fetched = await staged(point, access({ from: join(folder, 'one') }));
    await fetched.remove();

    expect(said(fetched.staged.findings)).toEqual(['backup.ok passed']);
  });

  it('gives nothing and no finding when it is empty', async () => {
    expect(await listing(await source.folder())).toEqual({ points: [], findings: [], looked: 0 });
  });

  it('that is not there is an error, not an empty one', async () => {
    const error = await listing('/srv/not/there').catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(BackupError);
    expect(error).toMatchObject({ code: 'store-missing' });
  });

  it('with only an encrypted file in it cannot be judged', async () => {
    const folder = await folderWith('pg_dump ehr | openssl enc -aes-256-cbc -pbkdf2 -pass pass:x > ehr.sql.enc');

    expect(await listing(folder).catch((thrown: unknown) => thrown)).toMatchObject({ code: 'store-unreadable' });
  });

  it('with a newer encrypted file tells that the newest could not be judged', async () => {
    const folder = await folderWith(`${dumpAt('ehr-1.dump', '1 hour')} echo 'age-encryption.org/v1' > ehr-2.dump.age`);

    expect(said((await listing(folder)).findings)).toEqual(['backup.unsupported inconclusive']);
  });

  it('may hold other things without an alarm: logs, archives, manifests, globals, notes', async () => {
    const folder = await folderWith(
      `${dumpAt('ehr-1.dump', '1 hour')} echo done > backup.log; tar czf etc.tar.gz /etc/hostname; echo '{}' > state.json; pg_dumpall --globals-only > globals.sql; echo x > README; sha256sum ehr-1.dump > SHA256SUMS`,
    );

    const { points, findings } = await listing(folder);

    expect(points).toHaveLength(1);
    expect(said(findings)).toEqual([]);
  });

  it('does not lead out of itself: links, fifos and sockets are not followed', async () => {
    const folder = await folderWith(
      `${dumpAt('real.dump', '1 hour')} ln -s real.dump latest.dump; ln -s /etc/passwd passwd.dump; mkfifo pipe.dump; ln -s / root; ln -s nowhere dangling`,
    );

    const { points, findings } = await listing(folder);

    expect(points).toHaveLength(1);
    expect(said(findings)).toEqual(['backup.unreadable inconclusive (not required)']);
  });

  it('gives only what the pattern names, and takes everything that it names for a backup', async () => {
    const folder = await folderWith(
      'mkdir ehr lab; pg_dump -Fc -f ehr/1.x ehr; pg_dump -Fc -f lab/1.x ehr; echo no > ehr/2.x; touch -d "1 hour ago" */1.x',
    );

    const both = await listing(folder, { pattern: '*.x' });
    const ehr = await listing(folder, { pattern: 'ehr/*.x' });
    const none = await listing(folder, { pattern: '*.dump' });

    expect([both.points.length, ehr.points.length, none.points.length]).toEqual([2, 1, 0]);
    expect(said(ehr.findings)).toEqual(['backup.not-a-dump failed']);
  });

  it('has its points ordered by what the dumps say, not by the date of their files', async () => {
    const folder = await source.folder();
    await source.dump(join(folder, 'first'), '-Fc');
    await new Promise(resolve => setTimeout(resolve, 1_100));
    await source.dump(join(folder, 'second'), '-Fc');
    // Also where two dates that are taken one after the other are equal.
    await source.shell(folder, 'touch -d "1 second" first');

    const { points } = await listing(folder);

    expect(points.map(({ consistentAt }) => consistentAt)).toEqual([...points.map(({ consistentAt }) => consistentAt)].sort().reverse());
    expect(points[0]?.availableAt.localeCompare(points[1]?.availableAt ?? '')).toBe(-1);
  });

  it('with an old dump stored again under a new name is found out', async () => {
    const folder = await folderWith(
      `${dumpAt('ehr-1.dump', '30 hours')} cp ehr-1.dump ehr-2.dump; pg_dump -f plain-1.sql ehr; touch -d '30 hours ago' plain-1.sql`,
    );
    const custom = said((await listing(folder, { pattern: '*.dump' })).findings);
    await source.shell(folder, 'cp plain-1.sql plain-2.sql');
    const plain = said((await listing(folder, { pattern: '*.sql' })).findings);

    expect(custom).toContain('backup.same-bytes failed (not required)');
    expect(plain).toContain('backup.same-bytes failed');
  });

  it('with a dump whose job the plan knows tells when it is stale and too small', async () => {
    const folder = await folderWith(dumpAt('ehr-1.dump', '30 minutes'));
    const now = new Date(Date.now() + 5 * 3_600_000).toISOString();
    const store = access(
      { from: folder },
      { job: { everyMs: 3_600_000, graceMs: 600_000 }, size: { atLeastBytes: 1e9, shrink: null, grow: null }, now },
    );

    expect(said((await list(store, never)).findings)).toEqual(['backup.stale failed (not required)', 'backup.too-small failed']);
  });

  describe('of several databases', () => {
    beforeAll(() => source.server.createDatabase('lab'));

    it('gives the one that the plan names; neighbours are no alarm', async () => {
      const folder = await folderWith('pg_dump -Fc -f ehr-1.dump ehr; pg_dump -Fc -f lab-1.dump lab');

      const { points, findings } = await listing(folder, { database: 'ehr' });

      expect(points).toHaveLength(1);
      expect(said(findings)).toEqual([]);
    });

    it('says so when the plan names none', async () => {
      const folder = await folderWith('pg_dump -Fc -f ehr-1.dump ehr; pg_dump -Fc -f lab-1.dump lab');

      expect(said((await listing(folder)).findings)).toContain('backup.several-databases skipped (not required)');
    });

    it.each([{}, { database: 'ehr' }])('fails when another one stands in the place of ours (%o)', async options => {
      const folder = await folderWith(`${dumpAt('ehr-1.dump', '2 hours')} ${dumpAt('ehr-2.dump', '1 hour')} pg_dump -Fc -f ehr-3.dump lab`);

      expect(said((await listing(folder, options)).findings)).toContain('backup.wrong-database failed');
    });

    it('fails when there is only another one', async () => {
      const folder = await folderWith('pg_dump -Fc -f ehr-3.dump lab');

      const { points, findings } = await listing(folder, { database: 'ehr' });

      expect(points).toEqual([]);
      expect(said(findings)).toEqual(['backup.wrong-database failed']);
    });
  });

  describe('with manifests', () => {
    it('takes their digest, and a moment with a zone', async () => {
      const folder = await folderWith(
        `pg_dump -f ehr.sql ehr; echo "{\\"sha256\\":\\"$(sha256sum ehr.sql | cut -d' ' -f1)\\",\\"consistentAt\\":\\"2026-11-01T02:00:00+01:00\\"}" > ehr.sql.json`,
      );

      const point = await onlyPoint(folder);

      expect(point).toMatchObject({ consistentAt: '2026-11-01T01:00:00.000Z', consistentBasis: 'derived' });
      expect(point.sha256).toBe(
        createHash('sha256')
          .update(await readFile(join(folder, 'ehr.sql')))
          .digest('hex'),
      );
    });

    it.each(['sha256sum ehr.dump > ehr.dump.sha256', 'sha256sum --tag * > SHA256SUMS', 'sha256sum * > SHA256SUMS'])(
      'made by "%s" finds changed bytes',
      async command => {
        const folder = await folderWith(`pg_dump -Fc -f ehr.dump ehr; ${command}`);
        const good = await staged(await onlyPoint(folder), access({ from: folder }));
        await source.shell(folder, 'printf x | dd of=ehr.dump bs=1 seek=$(( $(stat -c %s ehr.dump) / 2 )) conv=notrunc status=none');
        const changed = await staged(await onlyPoint(folder), access({ from: folder }));
        await Promise.all([good.remove(), changed.remove()]);

        expect(said(good.staged.findings)).toEqual(['backup.ok passed']);
        expect(said(changed.staged.findings)).toContain('backup.digest-mismatch failed');
      },
    );
  });

  describe('as init sees it', () => {
    it('becomes a backup block with what is known and remarks on what is not', async () => {
      const folder = await folderWith(dumpAt('ehr-1.dump', '1 hour'));

      const found = await recognise(folder, access({ from: folder }), never);

      expect(found?.backup).toEqual({ tool: 'pg-dump', from: folder, database: 'ehr' });
      expect(found?.remarks.join('\n')).toContain('dumped from PostgreSQL 15');
      expect(found?.remarks.join('\n')).toContain('no roles and tablespaces found');
    });

    it('suggests how often the job runs', async () => {
      const folder = await source.folder();
      for (const hours of [3, 2, 1, 0]) {
        const at = new Date(Date.now() - hours * 3_600_000);
        await source.shell(
          folder,
          `pg_dump -f ehr-${at.toISOString().replaceAll(':', '-').slice(0, 19)}Z.sql ehr; touch -d '${at.toISOString()}' *${at.toISOString().slice(11, 13)}-*`,
        );
      }

      const found = await recognise(folder, access({ from: folder }), never);

      expect(found?.backup['job']).toEqual({ every: '1h', grace: '20m' });
    });

    it('is not recognised when it holds no dump', async () => {
      expect(await recognise(await folderWith('echo hello > x'), access({ from: 'x' }), never)).toBeUndefined();
      expect(await recognise(await source.folder(), access({ from: 'x' }), never)).toBeUndefined();
    });
  });
});
