import { dirname, isAbsolute, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exists, realpath } from '../../system/files.ts';
import { SandboxError, type FetchCommand, type ReadySandbox } from '../sandbox.ts';
import type { JailShape } from './arguments.ts';
import { secondJail, startInCell, type Cell } from './cell.ts';
import { notBrokenJail } from './jail.ts';
import { lines } from './lines.ts';

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
  const result = notBrokenJail(await startInCell(cell, order, stop).ended);
  take.end();
  if (result.exitCode !== 0) await cell.watch.look();
  return { exitCode: result.exitCode, stderr: result.stderr, timedOut: result.timedOut };
}

async function firstJail(cell: Cell, command: FetchCommand): Promise<JailShape> {
  const { place } = cell;
  for (const path of command.visible) {
    if (!isAbsolute(path)) throw new SandboxError('broke', 'a visible path must be absolute', { hint: 'Report this.' });
  }
  const home = dirname(place.scratch);
  const base = secondJail(cell, [{ from: await realpath(place.staging), at: place.staging, write: true }], command.env);
  const system = ['/etc/ssl', '/etc/pki', '/etc/ca-certificates', ...(command.network ? ['/etc/resolv.conf', '/etc/hosts'] : [])];
  return {
    ...base,
    network: command.network,
    readsEverything: cell.runner.as === 'drill-user',
    // The host's hosts file is visible instead of the made-up one, if there is a network to use it with.
    visible: [...system, ...(await programPaths()), ...command.visible],
    // A backup folder may lie above RESURGAM_HOME, with the keys in it.
    hidden: command.visible.some(path => contains(path, home)) ? [home] : [],
  };
}

function contains(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '' || (!way.startsWith('..') && !isAbsolute(way));
}

/** What our own program consists of: Node, the package's code, and its dependencies wherever npm put them. */
async function programPaths(): Promise<readonly string[]> {
  const code = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
  const root = dirname(code);
  const above = dirname(root).endsWith('/node_modules') ? [dirname(root)] : [];
  const wanted = [process.execPath, ...above, ...['package.json', 'node_modules', 'src', 'dist'].map(name => join(root, name))];
  const there = await Promise.all(wanted.map(async path => ((await exists(path)) ? path : undefined)));
  return there.filter(path => path !== undefined);
}
