import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { barman } from '../../../src/backup/pg-basebackup/barman.ts';
import { describeBackupTool, type GivenStore, type GivenTool } from '../../conformance/backup-tool.ts';
import { copyInto } from '../../fixtures/archiving-source.ts';
import { startBarmanSource } from '../../fixtures/barman-source.ts';

/** One base backup and the log after it: the backup itself and the newest moment are its points. */
async function make(): Promise<GivenTool> {
  const made = await startBarmanSource();
  const { source, home } = made;
  await made.barman('backup', 'doe-jane');
  await source.addRows(100);
  await made.barman('archive-wal', 'doe-jane');
  await source.server.stop();
  await mkdir(join(source.folder, 'empty', 'base'), { recursive: true });
  await mkdir(join(source.folder, 'empty', 'wals'));
  const [id = ''] = await readdir(join(home, 'base'));
  const over = (from: string): GivenStore => ({ options: { from } });
  const copied = async (folder: string): Promise<GivenStore> => {
    await copyInto(home, folder);
    return over(folder);
  };
  return {
    healthy: over(home),
    points: 2,
    empty: over(join(source.folder, 'empty')),
    missing: over(join(source.folder, 'nowhere')),
    damaged: async folder => {
      const store = await copied(folder);
      // That of `pg_proc`; which of all comes first is the file system's affair, and some are empty.
      const file = join(folder, 'base', id, 'data/base/5/1255');
      const content = await readFile(file);
      await rm(file);
      await writeFile(file, content.fill(0xa5, 4_000, 4_100));
      return store;
    },
    changing: async folder => ({ store: await copied(folder), change: () => rm(join(folder, 'base', id), { recursive: true }) }),
    place: { place: home },
    byHand: { asked: "psql -XAtc 'select count(*), max(n) from visit'", answer: '200|200' },
    secrets: [],
    names: ['doe-jane'],
    [Symbol.asyncDispose]: () => rm(source.folder, { recursive: true, force: true }),
  };
}

describeBackupTool({ tool: barman, make });
