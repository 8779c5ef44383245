import { dirname, isAbsolute, normalize, relative } from 'node:path';
import { realpath } from '../../system/files.ts';
import { ownProgramPaths } from '../../system/own-program.ts';
import { SandboxError, type FetchCommand, type ReadySandbox } from '../sandbox.ts';
import type { JailShape } from './shape.ts';
import { refuseBroken, secondJail, startInCell, type Cell } from './cell.ts';
import { lines } from '../../system/lines.ts';

type Fetched = Awaited<ReturnType<ReadySandbox['fetchJail']>>;

/**
 * The first jail. It runs as the same user as the second one, not as root: with root's number alone it could write what root owns, such
 * as /proc/sys. As root it keeps one capability, to read whatever it was shown, since a backup folder is often root's alone; the way
 * that this capability has out of a mount namespace (`open_by_handle_at`) is closed by the system call filter.
 */
export async function fetchInCell(cell: Cell, command: FetchCommand, stop: AbortSignal): Promise<Fetched> {
  const shape = await firstJail(cell, command);
  const take = lines(line => command.onLine(line));
  const order = {
    shape,
    program: [command.file, ...command.args],
    stdinText: command.stdin,
    stdout: take.chunk,
    timeLimitMs: command.timeLimitMs,
  };
  const tool = await startInCell(cell, order, stop);
  const result = await tool.ended;
  refuseBroken(tool, result);
  take.end();
  if (result.exitCode !== 0) await cell.watch.look();
  return { exitCode: result.exitCode, stderr: result.stderr, timedOut: result.timedOut };
}

async function firstJail(cell: Cell, command: FetchCommand): Promise<JailShape> {
  const { place } = cell;
  const home = dirname(place.scratch);
  for (const path of command.visible) refuseUnshowable(path, home);
  const base = secondJail(cell, [{ from: await realpath(place.staging), at: place.staging, write: true }], {});
  const system = ['/etc/ssl', '/etc/pki', '/etc/ca-certificates', ...(command.network ? ['/etc/resolv.conf', '/etc/hosts'] : [])];
  return {
    ...base,
    secrets: command.env,
    network: command.network,
    readsEverything: cell.runner.as === 'drill-user',
    // The host's hosts file is visible instead of the made-up one, if there is a network to use it with.
    visible: [...system, ...(await ownProgramPaths()), ...command.visible],
    // A backup folder may lie above RESURGAM_HOME, with the keys in it.
    hidden: command.visible.some(path => contains(path, home)) ? [home] : [],
  };
}

/** What would undo the jail if it were shown, or would be shown empty because our keys are in it. */
function refuseUnshowable(path: string, home: string): void {
  const system = ['/proc', '/sys', '/dev'].some(folder => contains(folder, path));
  if (isAbsolute(path) && normalize(path) !== '/' && !system && relative(home, path) !== '') return;
  throw new SandboxError('broke', 'a backup folder must be absolute, and neither `/`, a folder of the kernel, nor RESURGAM_HOME itself', {
    hint: 'Give the folder of the backups in the plan, or move RESURGAM_HOME.',
  });
}

function contains(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '' || (!way.startsWith('..') && !isAbsolute(way));
}
