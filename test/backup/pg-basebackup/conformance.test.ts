import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pgBasebackup } from '../../../src/backup/pg-basebackup/tool.ts';
import { describeBackupTool, type GivenTool } from '../../conformance/backup-tool.ts';
import { copyInto, startArchivingSource } from '../../fixtures/archiving-source.ts';

const base = 'base/doe-jane-1';

/** One base backup and the log after it: the backup itself and the newest moment are its points. */
async function make(): Promise<GivenTool> {
  const source = await startArchivingSource();
  const at = (name: string): string => join(source.folder, name);
  await source.addRows(100);
  for (const name of ['base', 'empty']) await mkdir(at(name));
  await source.server.client('pg_basebackup', ['-D', at(base), '-c', 'fast']);
  await source.addRows(100);
  await source.server.stop();
  const optionsIn = (folder: string) => ({ options: { from: join(folder, 'base'), wal: join(folder, 'archive') } });
  const replaced = async (folder: string, name: string): Promise<void> => {
    const file = join(folder, base, name);
    const content = await readFile(file);
    await rm(file);
    await writeFile(file, content.fill(0xa5, 4_000, 4_100));
  };
  return {
    healthy: optionsIn(source.folder),
    points: 2,
    empty: { options: { from: at('empty') } },
    missing: { options: { from: at('nowhere') } },
    damaged: async folder => {
      await copyInto(source.folder, folder);
      // That of `pg_proc`; which of all comes first is the file system's affair, and some are empty.
      await replaced(folder, 'base/5/1255');
      return optionsIn(folder);
    },
    changing: async folder => {
      await copyInto(source.folder, folder);
      return { store: optionsIn(folder), change: () => rm(join(folder, base), { recursive: true }) };
    },
    place: { place: source.folder },
    byHand: { asked: "psql -XAtc 'select count(*), max(n) from visit'", answer: '200|200' },
    secrets: [],
    names: ['doe-jane'],
    [Symbol.asyncDispose]: () => rm(source.folder, { recursive: true, force: true }),
  };
}

describeBackupTool({ tool: pgBasebackup, make });
