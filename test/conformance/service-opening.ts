import assert from 'node:assert/strict';
import { rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import type { Jail } from '../../src/backup/target.ts';
import type { Finding } from '../../src/finding/finding.ts';
import { ServiceError, type OpenedService, type OpenRequest, type RunningService, type Service } from '../../src/service/service.ts';
import { ownProgramPaths } from '../../src/system/own-program.ts';
import { SHARED_CACHE } from '../fixtures/shared-cache.ts';
import { CANARY, type Asked, type Capability, type GivenService, type Strange, type Way } from './service-given.ts';
import { watchedJail, type WatchedJail } from './service-places.ts';

export const never = new AbortController().signal;

export interface At {
  readonly service: Service;
  readonly given: GivenService;
  readonly way: Way;
  readonly has: readonly Capability[];
  /** Held by other tests. */
  readonly elsewhere: readonly string[];
}

/** One that runs, in a jail of its own. */
export interface Standing extends AsyncDisposable {
  readonly jail: WatchedJail;
  readonly opened: OpenedService;
  readonly running: RunningService;
  /** Programs that had begun when it was ready. */
  readonly programs: number;
}

/** One line of the suite, and what an engine must have for it. */
export interface SuiteCase {
  readonly title: string;
  readonly needs?: Capability;
  run(at: At, standing: Standing): Promise<void>;
}

export interface Opening {
  readonly stop?: AbortSignal;
  readonly strange?: Strange;
  readonly request?: Partial<OpenRequest>;
}

export async function reading(): Promise<OpenRequest['reading']> {
  const program = fileURLToPath(new URL('../../dist/reading.js', import.meta.url));
  return { file: process.execPath, args: [program], paths: await ownProgramPaths() };
}

/** Makes it ready to be started, as a drill does: an empty server that was restored into, or files that were restored. */
export async function openIn({ service, given, way }: At, jail: WatchedJail, opening: Opening = {}): Promise<OpenedService> {
  const { stop = never, strange, request } = opening;
  const common = { jail, section: null, cache: SHARED_CACHE };
  if (way === 'prepare') {
    assert.ok(service.prepare !== undefined && given.prepare !== undefined, 'the case has no empty server');
    const prepared = await service.prepare({ ...common, needs: null, ...given.prepare.request, ...request }, stop);
    await given.prepare.fill(prepared);
    return prepared;
  }
  assert.ok(service.open !== undefined && given.open !== undefined, 'the case has no restored files');
  const { material } = given.open;
  const folder = strange === undefined ? await material.putInto(jail) : await putStrange(jail, material.names, strange);
  await jail.own(folder);
  const { findings, tools, usable } = material.restored;
  const restored = strange === 'unsaid' ? { findings, tools, usable, says: {} } : material.restored;
  const rest = { folder, staged: material.staged, reading: await reading(), progress: () => undefined, toolLog: () => undefined };
  return service.open({ ...common, needs: material.needs, ...rest, restored, ...given.open.request, ...request }, stop);
}

/** A folder of these names that is none of the engine's. */
async function putStrange(jail: Jail, names: readonly string[], strange: Strange): Promise<string> {
  const folder = await jail.makeFolder('restored');
  const text = `${CANARY}\n`;
  if (strange === 'text') for (const name of names) await writeFile(join(folder, name), text);
  if (strange === 'file') {
    await rmdir(folder);
    await writeFile(folder, text);
  }
  return folder;
}

export async function standing(at: At): Promise<Standing> {
  const jail = await watchedJail();
  try {
    const opened = await openIn(at, jail);
    const running = await opened.start(never);
    const dispose = async (): Promise<void> => {
      await opened.stop();
      await jail[Symbol.asyncDispose]();
    };
    return { jail, opened, running, programs: jail.programs(), [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await jail[Symbol.asyncDispose]();
    throw error;
  }
}

/** A ServiceError that says what to do, and nothing of the backup. */
export function sayServiceError(error: unknown): ServiceError {
  assert.ok(error instanceof ServiceError, inspect(error));
  assert.ok(error.message.length > 0 && error.hint.length > 0, inspect(error));
  quiet(error.message, error.hint);
  return error;
}

export async function refused(act: () => Promise<unknown>): Promise<ServiceError> {
  try {
    return assert.fail(`it was answered: ${inspect(await act())}`);
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
    return sayServiceError(error);
  }
}

export function quiet(...said: readonly unknown[]): void {
  assert.ok(!inspect(said, { depth: 10, showHidden: true }).includes(CANARY), inspect(said));
}

export async function upOf(running: RunningService): Promise<string> {
  const { code, outcome } = await running.stillUp();
  return `${code} ${outcome}`;
}

/** What decides, and is not good. */
export function alarms(findings: readonly Finding[]): readonly string[] {
  return findings.filter(({ required, outcome }) => required && outcome !== 'passed').map(({ code, outcome }) => `${code} ${outcome}`);
}

/** All questions of the case, of one that does not run any more; its files may still be there. */
export async function isAskedInVain(
  { asked }: Pick<GivenService, 'asked'>,
  running: RunningService,
  { filesGone }: { readonly filesGone: boolean },
): Promise<void> {
  for (const one of asked.filter(({ ofFiles }) => ofFiles !== true || filesGone)) await inVain(one, running);
  await refused(() => running.sql('select 1 as one'));
}

async function inVain(one: Asked, running: RunningService): Promise<void> {
  if ('inVain' in one) assert.deepEqual(await one.ask(running), one.inVain);
  else await refused(() => one.ask(running));
}
