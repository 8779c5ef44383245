import { join } from 'node:path';
import { sqlite } from '../../../src/backup/sqlite/tool.ts';
import { describeBackupTool, type GivenStore, type GivenTool } from '../../conformance/backup-tool.ts';
import { inUse, sqliteSource } from '../../fixtures/sqlite-source.ts';

const NEWEST = 'doe-jane-20261102T020000Z.db';

async function make(): Promise<GivenTool> {
  const made = await sqliteSource('wal');
  await made.shell(`mkdir healthy empty; sqlite3 ehr.db "vacuum into 'healthy/doe-jane-20261101T020000Z.db'"`);
  // The newest is a copy of the files themselves, with its log.
  await made.shell(inUse(`say "delete from visit where id > 1900;"; for end in '' -wal; do cp ehr.db$end healthy/${NEWEST}$end; done`));
  const at = (name: string): string => join(made.folder, name);
  const copied = async (folder: string): Promise<GivenStore> => {
    await made.shell(`cp -a healthy/${NEWEST}* ${folder}`);
    return { options: { from: folder } };
  };
  return {
    healthy: { options: { from: at('healthy') } },
    points: 2,
    empty: { options: { from: at('empty') } },
    missing: { options: { from: at('nowhere') } },
    damaged: async folder => {
      const store = await copied(folder);
      await made.shell(`printf XXXX | dd of=${folder}/${NEWEST}-wal bs=1 seek=200 conv=notrunc status=none`);
      return store;
    },
    changing: async folder => ({ store: await copied(folder), change: () => made.shell(`echo more >> ${folder}/${NEWEST}-wal`) }),
    place: { place: at('healthy') },
    byHand: { asked: `sqlite3 "$RECOVERED/part/part.db" 'select count(*), max(id) from visit'`, answer: '1900|1900' },
    secrets: [],
    names: ['doe-jane'],
    [Symbol.asyncDispose]: () => made[Symbol.asyncDispose](),
  };
}

describeBackupTool({ tool: sqlite, make });
