import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ldif } from '../../../src/backup/ldif/tool.ts';
import { directoryService } from '../../../src/service/directory/directory.ts';
import type { RunningService } from '../../../src/service/service.ts';
import { startTool } from '../../../src/system/process.ts';
import { describeService, type GivenService } from '../../conformance/service.ts';
import { never, openIn } from '../../conformance/service-opening.ts';
import type { InUse } from '../../conformance/service-given.ts';
import { watchedJail } from '../../conformance/service-places.ts';
import { directorySource, PASSWORD, SUFFIX } from '../../fixtures/directory-source.ts';
import { restoredOf } from '../../fixtures/restored-material.ts';

const run = promisify(execFile);
const ENTRIES = 32;

async function make(): Promise<GivenService> {
  await using source = await directorySource();
  const store = join(source.folder, 'store');
  await mkdir(store);
  await writeFile(join(store, 'directory-2026-11-26T01:00:00Z.ldif'), source.data);
  await writeFile(join(store, 'config.ldif'), source.config);
  const material = await restoredOf(ldif, { from: store });
  const given: GivenService = {
    program: ['/usr/sbin/slapd', '-VV'],
    open: { material, unavailable: { hides: '/usr/sbin/slapd' } },
    asked: [
      { ask: countEntries, answer: { code: 0, entries: ENTRIES }, inVain: { code: null, entries: 0 } },
      { ask: signIn, answer: 0, inVain: null },
    ],
    handedOver: { ask: folder => entriesIn(folder), answer: String(ENTRIES) },
    [Symbol.asyncDispose]: () => material[Symbol.asyncDispose](),
  };
  return { ...given, inPlace: { layout: { suffix: SUFFIX }, readers: ['data/lock.mdb'], begin: folder => inUse(folder, given) } };
}

async function countEntries({ directory }: RunningService): Promise<unknown> {
  let entries = 0;
  const query = { base: SUFFIX, scope: 'sub', filter: '(objectClass=*)', attributes: ['1.1'] } as const;
  const answer = await directory?.search(query, ({ kind }) => void (entries += kind === 'end' ? 1 : 0), never);
  return { code: answer?.code, entries };
}

async function signIn({ directory }: RunningService): Promise<unknown> {
  return (await directory?.signIn({ name: `uid=doe-jane-3,ou=people,${SUFFIX}`, password: PASSWORD }, never))?.code;
}

async function entriesIn(folder: string): Promise<string> {
  const { stdout } = await run('/usr/sbin/slapcat', ['-F', join(folder, 'config'), '-n', '1'], { env: { LC_ALL: 'C' } });
  return String(stdout.split('\n').filter(line => line.startsWith('dn:')).length);
}

/** As after a recovery for real: handed over to this place, and started there. */
async function inUse(folder: string, given: GivenService): Promise<InUse> {
  await using jail = await watchedJail();
  const opened = await openIn({ service: directoryService(), given, way: 'open', has: [], elsewhere: [] }, jail);
  const { username: name, uid, gid } = userInfo();
  const administrator = { name, uid, gid };
  await opened.handOver?.({ folder, administrator }, never);
  await run('cp', ['-aT', join(jail.folder, 'restored'), folder]);
  const address = `ldapi://${encodeURIComponent(join(folder, 'ldapi'))}`;
  const args = ['-d', '0', '-F', join(folder, 'config'), '-h', address];
  const server = startTool({ file: '/usr/sbin/slapd', args, env: { LC_ALL: 'C' }, timeLimitMs: 600_000 }, never);
  while (!(await answers(address))) await new Promise(resolve => setTimeout(resolve, 20));
  return {
    folder,
    [Symbol.asyncDispose]: async () => {
      server.signal('SIGTERM');
      await server.ended;
    },
  };
}

function answers(address: string): Promise<boolean> {
  return run('/usr/bin/ldapwhoami', ['-Q', '-Y', 'EXTERNAL', '-H', address]).then(
    () => true,
    () => false,
  );
}

describeService({ service: directoryService(), has: { open: ['directory', 'handOver'] }, make });
