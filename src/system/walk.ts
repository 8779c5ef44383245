import type { Stats } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';

/** One entry of a tree. */
export interface Walked {
  /** Path below the root. Each character is one byte of the name: names need not be UTF-8. */
  readonly path: string;
  /** As `lstat` says them; undefined if it could not be looked at, or, of a folder, not be entered. */
  readonly facts: Stats | undefined;
}

/** So many entries are looked at side by side. */
const SIDE_BY_SIDE = 32;

/** Everything below a folder, a folder before what is in it. Never follows a link; what is hostile in it cannot lead out. Sorted by nothing. */
export async function* walk(root: string, stop: AbortSignal): AsyncGenerator<Walked> {
  const waiting: string[] = [''];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    for await (const found of entriesOf(root, folder, stop)) {
      if (found.facts?.isDirectory() === true) waiting.push(found.path);
      yield found;
    }
  }
}

async function* entriesOf(root: string, folder: string, stop: AbortSignal): AsyncGenerator<Walked> {
  let some: string[] = [];
  try {
    for await (const { name } of await opendir(rawPath(root, folder), { encoding: 'latin1' })) {
      stop.throwIfAborted();
      some.push(folder === '' ? name : `${folder}/${name}`);
      if (some.length < SIDE_BY_SIDE) continue;
      yield* await looked(root, some);
      some = [];
    }
  } catch (error) {
    if (stop.aborted || folder === '') throw error;
    yield { path: folder, facts: undefined };
  }
  yield* await looked(root, some);
}

function looked(root: string, paths: readonly string[]): Promise<readonly Walked[]> {
  return Promise.all(paths.map(async path => ({ path, facts: await lstat(rawPath(root, path)).catch(() => undefined) })));
}

/** A path as the system takes it: byte by byte. */
export function rawPath(root: string, path: string): Buffer {
  return Buffer.concat([Buffer.from(root), Buffer.from(path === '' ? '' : `/${path}`, 'latin1')]);
}
