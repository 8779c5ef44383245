import { dirname, join } from 'node:path';
import type { Jail, JailCommand, JailProcess } from '../../backup/target.ts';
import { chmod, chown, lstat, mkdir, realpath } from '../../system/files.ts';
import { runTool, type ToolResult } from '../../system/process.ts';
import { childrenOf, readProc, signalProcess } from '../../system/proc.ts';
import { SandboxError } from '../sandbox.ts';
import { refuseBroken, secondJail, startInCell, type Cell } from './cell.ts';
import type { JailedTool } from './jailer.ts';
import { checkedMounts, isBelow } from './mounts.ts';

/** The second jail over a cell. Each program is in a jail of its own; they meet only in the folders that they are both given. */
export function secondJailOf(cell: Cell): Jail {
  const { place, limits, watch } = cell;
  return {
    folder: place.work,
    limits,
    limitHit: () => watch.hit(),
    run: (command, stop) => run(cell, command, stop),
    spawn: command => spawn(cell, command),
    makeFolder: name => makeFolder(cell, name),
    own: path => own(cell, path),
  };
}

async function run(cell: Cell, command: JailCommand, stop: AbortSignal): Promise<ToolResult> {
  const tool = await start(cell, command, stop);
  const result = await tool.ended;
  // A limit bites between two looks as well: look again before anyone asks why the program died.
  if (result.exitCode !== 0) await cell.watch.look();
  refuseBroken(tool, result);
  return result;
}

async function spawn(cell: Cell, command: JailCommand): Promise<JailProcess> {
  const tool = await start(cell, command, new AbortController().signal);
  const ended = tool.ended.then(async result => {
    if (result.exitCode !== 0) await cell.watch.look();
    return result;
  });
  ended.catch(() => undefined);
  return {
    pid: tool.pid,
    ended,
    stop: async (signal, graceMs) => {
      const hard = setTimeout(() => tool.signal('SIGKILL'), graceMs);
      try {
        const pid = await programOf(tool);
        if (pid !== undefined) signalProcess(pid, signal);
        return await ended;
      } finally {
        clearTimeout(hard);
      }
    },
  };
}

async function start(cell: Cell, command: JailCommand, stop: AbortSignal): Promise<JailedTool> {
  const mounts = await checkedMounts(cell.place, command.mounts ?? []);
  for (const sink of [command.stdout, command.stderr]) if (typeof sink === 'object') await refuseLink(sink.file);
  const order = {
    ...command,
    shape: {
      ...secondJail(cell, mounts, command.env ?? {}),
      readsEverything: command.readsEverything === true && cell.runner.as === 'drill-user',
    },
    program: [command.file, ...command.args],
    timeLimitMs: Math.min(command.timeLimitMs ?? Infinity, cell.limits.timeMs),
  };
  return startInCell(cell, order, stop);
}

/** We write that file with our own rights: a link planted by a jailed program must not choose which. */
async function refuseLink(file: string): Promise<void> {
  const parent = dirname(file);
  const entry = await lstat(file).catch(() => undefined);
  if (entry?.isSymbolicLink() === true || (await realpath(parent)) !== parent) {
    throw new SandboxError('broke', 'the file for a program’s output is behind a link', {
      hint: 'Report this: output goes to plain files only.',
    });
  }
}

/**
 * The program itself is the oldest child of the first process in the jail, which also takes in orphans. The kernel numbers processes of a
 * namespace as they come, so it has the lowest number there.
 */
async function programOf(tool: JailedTool): Promise<number | undefined> {
  const inner = await tool.inner();
  const children = inner === undefined ? [] : await childrenOf(inner);
  const numbered = await Promise.all(
    children.map(async pid => ({ pid, number: Number(/^NSpid:.*\s(\d+)$/m.exec((await readProc(pid, 'status')) ?? '')?.[1] ?? Infinity) })),
  );
  return numbered.sort((one, other) => one.number - other.number)[0]?.pid;
}

async function makeFolder(cell: Cell, name: string): Promise<string> {
  const path = join(cell.place.work, name);
  if (!isBelow(cell.place.work, path)) throw new SandboxError('broke', 'a folder of the jail must lie in it', { hint: 'Report this.' });
  const isNew = (await mkdir(path, { recursive: true, mode: 0o700 })) !== undefined;
  await chmod(path, 0o700);
  await own(cell, path, { isEmpty: isNew });
  return path;
}

async function own(cell: Cell, path: string, { isEmpty } = { isEmpty: false }): Promise<void> {
  const [folder, real] = await Promise.all([realpath(cell.place.folder), realpath(path)]);
  if (!isBelow(folder, real))
    throw new SandboxError('broke', 'only what lies in the sandbox can be handed to its user', { hint: 'Report this.' });
  if (cell.runner.as === 'own-user') return;
  const { uid } = cell.runner;
  const entry = await lstat(real);
  await chown(real, uid, uid);
  if (isEmpty || !entry.isDirectory()) return;
  // `chown` of coreutils walks by open folders: a link put in its way by a jailed program leads nowhere.
  const walk = {
    file: 'chown',
    args: ['-hR', '--', `${String(uid)}:${String(uid)}`, real],
    env: { PATH: '/usr/bin:/bin' },
    timeLimitMs: 600_000,
  };
  const result = await runTool(walk, new AbortController().signal);
  if (result.exitCode !== 0)
    throw new SandboxError('broke', 'the sandbox’s folder could not be handed to its user', { hint: 'Report this.' });
}
