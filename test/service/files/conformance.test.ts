import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { tree } from '../../../src/backup/archive/tree.ts';
import { filesService } from '../../../src/service/files/files.ts';
import type { RunningService } from '../../../src/service/service.ts';
import { describeService, type GivenService } from '../../conformance/service.ts';
import { restoredOf } from '../../fixtures/restored-material.ts';
import { never } from '../../conformance/service-opening.ts';
import { DOCUMENTS, place } from '../../backup/archive/archives.ts';

const run = promisify(execFile);

async function make(): Promise<GivenService> {
  await using made = await place(DOCUMENTS);
  await made.shell('mkdir store; cp -a src store/2026-11-26T01:00:00Z');
  const material = await restoredOf(tree, { from: `${made.folder}/store` });
  return {
    open: {
      material,
      unavailable: 'needs no program of its own',
      takes: { text: 'any tree is one of files' },
    },
    asked: [{ ask: countFiles, answer: 44 }],
    runsNothing: true,
    inPlace: {
      begin: async folder => {
        await using made = await place(DOCUMENTS);
        await run('cp', ['-aT', `${made.folder}/src`, folder]);
        return { folder, [Symbol.asyncDispose]: () => Promise.resolve() };
      },
    },
    [Symbol.asyncDispose]: () => material[Symbol.asyncDispose](),
  };
}

/** As the reader in the jail counts them. */
async function countFiles({ files }: RunningService): Promise<unknown> {
  const said: unknown[] = [];
  await files?.read({ kind: 'files', options: { forbidden: [], digests: 1 } }, value => said.push(value), never);
  const [totals] = said as { readonly files: number }[];
  return totals?.files;
}

describeService({ service: filesService(), has: { open: ['files', 'tree'] }, make });
