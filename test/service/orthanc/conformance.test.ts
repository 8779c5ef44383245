import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { tree } from '../../../src/backup/archive/tree.ts';
import { IMAGES, pacsSource, STUDIES } from '../../../src/demo/lakeside/pacs-source.ts';
import { orthancService } from '../../../src/service/orthanc/orthanc.ts';
import { describeService, type GivenService } from '../../conformance/service.ts';
import { never } from '../../conformance/service-opening.ts';
import { restoredOf } from '../../fixtures/restored-material.ts';

const run = promisify(execFile);

async function make(): Promise<GivenService> {
  await using source = await pacsSource(never);
  const store = await mkdtemp('/tmp/rsg-archive-');
  await run('cp', ['-a', source.store, `${store}/2026-11-26T01:00:00Z`]);
  const material = await restoredOf(tree, { from: store });
  await rm(store, { recursive: true });
  return {
    program: ['/usr/sbin/Orthanc', '--version'],
    open: { material, unavailable: { hides: '/usr/sbin/Orthanc' } },
    asked: [
      { ask: async ({ http }) => (await http?.ask({ path: '/statistics' }, never))?.status, answer: 200, inVain: null },
      { ask: async ({ images }) => typeof (await images?.echo(never)), answer: 'number', inVain: 'object' },
      { ask: async ({ images }) => (await images?.studies(never))?.studies.length, answer: STUDIES },
      { ask: async ({ images }) => (await images?.list(never))?.length, answer: IMAGES },
    ],
    ports: [4242, 8042],
    [Symbol.asyncDispose]: () => material[Symbol.asyncDispose](),
  };
}

describeService({ service: orthancService(), has: { open: ['files', 'http', 'images'] }, make });
