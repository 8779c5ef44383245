import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { passVariable } from '../../../src/backup/pgbackrest/options.ts';
import { pgBackRest } from '../../../src/backup/pgbackrest/tool.ts';
import { describeBackupTool, type GivenStore, type GivenTool } from '../../conformance/backup-tool.ts';
import { copyInto } from '../../fixtures/archiving-source.ts';
import { PASS, STANZA, startPgBackRestSource } from '../../fixtures/pgbackrest-source.ts';

const secret = { cipherPass: { env: 'PASS' } };

/** One full backup and the log after it: the backup itself and the newest moment are its points. */
async function make(): Promise<GivenTool> {
  const source = await startPgBackRestSource();
  const at = (name: string): string => join(source.folder, name);
  await cp(source.repository, at('empty'), { recursive: true });
  await source.addRows(100);
  await source.backup('full');
  await source.addRows(100);
  await source.server.stop();
  const store = (repository: string, pass = PASS): GivenStore => ({
    options: { stanza: STANZA, repository, verify: false, ...secret },
    env: { [passVariable(1)]: pass },
  });
  const spoiled = async (folder: string): Promise<void> => {
    const backups = join(folder, 'backup', STANZA);
    const [label = ''] = (await readdir(backups)).filter(name => name.endsWith('F'));
    const files = join(backups, label, 'pg_data/base/1');
    const [name = ''] = (await readdir(files)).filter(one => one.startsWith('1255.'));
    const content = await readFile(join(files, name));
    await rm(join(files, name));
    await writeFile(join(files, name), content.fill(0xa5, 100, 110));
  };
  return {
    healthy: store(source.repository),
    points: 2,
    empty: store(at('empty')),
    missing: store(at('nowhere')),
    damaged: async folder => {
      await copyInto(source.repository, folder);
      await spoiled(folder);
      return store(folder);
    },
    changing: async folder => {
      await copyInto(source.repository, folder);
      return {
        store: store(folder),
        change: () => rm(join(folder, 'backup', STANZA), { recursive: true }).then(() => mkdir(join(folder, 'backup', STANZA))),
      };
    },
    wrongSecret: store(source.repository, 'nonsense of the tests'),
    place: { place: source.repository, env: { [passVariable(1)]: PASS } },
    byHand: { asked: "psql -XAtc 'select count(*), max(n) from visit'", answer: '200|200' },
    secrets: [PASS, 'nonsense of the tests'],
    names: [],
    [Symbol.asyncDispose]: () => rm(source.folder, { recursive: true, force: true }),
  };
}

describeBackupTool({ tool: pgBackRest, has: ['wrongSecret'], make });
