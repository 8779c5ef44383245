import { mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { resurgamState } from '../../../src/backup/resurgam-state/tool.ts';
import { describeBackupTool, type GivenTool } from '../../conformance/backup-tool.ts';
import { CHECKOUT } from '../../e2e/cli.ts';
import { AT, forged, goodBackup, NOW } from './state-backups.ts';

async function make(): Promise<GivenTool> {
  const good = await goodBackup();
  const at = (name: string): string => join(good.folder, name);
  for (const name of ['healthy', 'empty']) await mkdir(at(name));
  const bytes = await readFile(good.file);
  await writeFile(at('healthy/doe-jane-2.jsonl.gz'), bytes);
  await forged(good.file, at('healthy/doe-jane-1.jsonl.gz'), header => void (header.at = '2026-11-27T04:30:00.000Z'));
  for (const name of ['1', '2']) await utimes(at(`healthy/doe-jane-${name}.jsonl.gz`), new Date(AT), new Date(AT));
  const put = async (folder: string, content: Buffer): Promise<{ options: { from: string } }> => {
    await writeFile(join(folder, 'doe-jane.jsonl.gz'), content);
    return { options: { from: folder } };
  };
  return {
    healthy: { options: { from: at('healthy') } },
    points: 2,
    empty: { options: { from: at('empty') } },
    missing: { options: { from: at('nowhere') } },
    damaged: folder => put(folder, bytes.subarray(0, bytes.length - 40)),
    changing: async folder => ({ store: await put(folder, bytes), change: () => put(folder, Buffer.concat([bytes, bytes])) }),
    place: { place: at('healthy') },
    byHand: {
      before: `resurgam() { node ${CHECKOUT}dist/main.js "$@"; }; export RESURGAM_HOME="$RECOVERED/home"`,
      asked: `psql -XAtc 'select count(*) from resurgam.outbox'`,
      answer: '2',
      visible: [CHECKOUT],
    },
    secrets: [],
    names: ['doe-jane'],
    now: NOW,
    [Symbol.asyncDispose]: good.remove,
  };
}

describeBackupTool({ tool: resurgamState, make });
