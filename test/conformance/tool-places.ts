import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackupTool, RecoveryPoint, Restored, Staged, StoreAccess } from '../../src/backup/backup.ts';
import type { RestoreTarget } from '../../src/backup/target.ts';
import type { FetchAnswer, FetchRequest } from '../../src/fetching.ts';
import { namespaceSandbox } from '../../src/sandbox/namespace/namespace.ts';
import type { DestroyedSandbox, ReadySandbox } from '../../src/sandbox/sandbox.ts';
import { all as services } from '../../src/service/all.ts';
import type { OpenedService, PreparedService, RunningService } from '../../src/service/service.ts';
import { ownProgramPaths } from '../../src/system/own-program.ts';
import { readProc } from '../../src/system/proc.ts';
import { CHECKOUT } from '../e2e/cli.ts';
import { SHARED_CACHE } from '../fixtures/shared-cache.ts';
import { requestOf } from './sandbox.ts';
import { ownProcesses } from './traces.ts';

/** Programs of backup tools run for longer than this. */
const LOOK_MS = 25;
const never = new AbortController().signal;

/** A sandbox of its own, with both jails, and a home that goes with it. */
export interface ToolSandbox extends AsyncDisposable {
  readonly ready: ReadySandbox;
  destroy(): Promise<DestroyedSandbox>;
}

export async function newSandbox(limits: Parameters<typeof requestOf>[0] = {}): Promise<ToolSandbox> {
  const home = await mkdtemp('/tmp/rsg-tool-home-');
  const ready = await namespaceSandbox({ scratch: join(home, 'scratch') }).provision(requestOf({ processes: 400, ...limits }), never);
  let destroyed: Promise<DestroyedSandbox> | undefined;
  const destroy = (): Promise<DestroyedSandbox> => (destroyed ??= ready.destroy());
  const dispose = async (): Promise<void> => {
    await destroy();
    await rm(home, { recursive: true, force: true });
  };
  return { ready, destroy, [Symbol.asyncDispose]: dispose };
}

export interface ToFetch {
  readonly tool: BackupTool;
  readonly point: RecoveryPoint;
  readonly access: StoreAccess;
}

/** Fetches as a drill does: the built program in the first jail. */
export async function fetchInFirstJail({ ready }: ToolSandbox, { tool, point, access }: ToFetch): Promise<FetchAnswer> {
  const { section, env } = access;
  const request: FetchRequest = { tool: tool.name, point, section, staging: ready.staging };
  const reach = tool.reach(section);
  const answers: FetchAnswer[] = [];
  const ended = await ready.fetchJail(
    {
      ...{ file: process.execPath, args: [join(CHECKOUT, 'dist/fetching.js')], env, stdin: JSON.stringify(request) },
      ...{ visible: reach.paths, network: reach.network, timeLimitMs: 120_000 },
      onLine: line => void answers.push(JSON.parse(line) as FetchAnswer),
    },
    never,
  );
  const last = answers.at(-1);
  if (last === undefined) throw new Error(`the first jail gave no answer: ${ended.stderr}`);
  return last;
}

/** What a restore was given and what came of it; `start` makes the service over it. */
export interface Restoring extends AsyncDisposable {
  readonly target: RestoreTarget;
  restore(stop?: AbortSignal): Promise<Restored>;
  start(restored: Restored): Promise<RunningService>;
}

/** A target as a drill gives it: an empty server, or an empty folder. */
export async function targetFor(
  { ready }: ToolSandbox,
  at: { readonly tool: BackupTool; readonly point: RecoveryPoint; readonly staged: Staged; readonly log: (text: string) => void },
): Promise<Restoring> {
  const { tool, point, staged } = at;
  const service = services.find(({ engine }) => engine === tool.traits.engine);
  if (service === undefined) throw new Error(`there is no service ${tool.traits.engine}`);
  const common = { jail: ready.jail, section: null, needs: point.needs, cache: SHARED_CACHE };
  const prepared: PreparedService | undefined = tool.traits.restoresInto === 'server' ? await service.prepare?.(common, never) : undefined;
  const folder = tool.traits.restoresInto === 'files' ? await ready.jail.makeFolder('restored') : undefined;
  const toolLog = (_: string, text: string): void => at.log(text);
  const progress = (): void => undefined;
  const target: RestoreTarget = {
    ...{ jail: ready.jail, server: prepared?.server, folder, parallel: 2, toolLog, progress },
    pseudonym,
  };
  let opened: OpenedService | undefined = prepared;
  return {
    target,
    restore: (stop = never) => tool.restore(staged, target, stop),
    start: async restored => {
      const reading = { file: process.execPath, args: [join(CHECKOUT, 'dist/reading.js')], paths: await ownProgramPaths() };
      if (folder !== undefined) opened = await service.open?.({ ...common, folder, restored, staged, reading, toolLog, progress }, never);
      if (opened === undefined) throw new Error(`the service ${service.engine} takes nothing of ${tool.name}`);
      return opened.start(never);
    },
    [Symbol.asyncDispose]: async () => opened?.stop(),
  };
}

export function pseudonym(text: string): string {
  return createHash('sha256').update(`test ${text}`).digest('hex');
}

/** Every command line of our descendants while something runs, as far as looking often can see them. */
export async function commandLinesDuring<T>(act: () => Promise<T>): Promise<{ readonly came: T; readonly lines: readonly string[] }> {
  const seen = new Set<string>();
  let over = false;
  const watch = async (): Promise<void> => {
    while (!over) {
      for (const pid of (await ownProcesses()).keys()) seen.add((await readProc(pid, 'cmdline')) ?? '');
      await new Promise(resolve => setTimeout(resolve, LOOK_MS));
    }
  };
  const watching = watch();
  try {
    return { came: await act(), lines: [...seen] };
  } finally {
    over = true;
    await watching;
  }
}
