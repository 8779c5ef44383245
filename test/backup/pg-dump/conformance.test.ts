import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pgDump } from '../../../src/backup/pg-dump/tool.ts';
import { describeBackupTool, type GivenTool } from '../../conformance/backup-tool.ts';
import { EMPTY_POSTGRES } from '../../fixtures/by-hand-machine.ts';
import { startDumpSource } from './dumps.ts';

async function make(): Promise<GivenTool> {
  await using source = await startDumpSource();
  const place = await mkdtemp('/tmp/rsg-dump-case-');
  const at = (name: string): string => join(place, name);
  for (const name of ['healthy', 'empty']) await mkdir(at(name));
  await source.dump(at('healthy/doe-jane-1.dump'), '-Fc');
  await source.dump(at('healthy/doe-jane-2'), '-Fd');
  const one = await readFile(at('healthy/doe-jane-1.dump'));
  const put = async (folder: string, bytes: Buffer): Promise<{ options: { from: string } }> => {
    await writeFile(join(folder, 'doe-jane.dump'), bytes);
    return { options: { from: folder } };
  };
  return {
    healthy: { options: { from: at('healthy') } },
    points: 2,
    empty: { options: { from: at('empty') } },
    missing: { options: { from: at('nowhere') } },
    damaged: folder => put(folder, flipped(one)),
    changing: async folder => ({ store: await put(folder, one), change: () => put(folder, Buffer.concat([one, one])) }),
    place: { place: at('healthy') },
    byHand: { before: EMPTY_POSTGRES, asked: "psql -XAt -d part -c 'select count(*), max(id) from patient'", answer: '3000|3000' },
    secrets: [],
    names: ['doe-jane'],
    [Symbol.asyncDispose]: () => rm(place, { recursive: true, force: true }),
  };
}

/** In the middle of the rows. */
function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  const at = Math.floor(copy.length * 0.6);
  copy[at] = (copy[at] ?? 0) ^ 0xff;
  return copy;
}

describeBackupTool({ tool: pgDump, make });
