import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, link, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isCode } from './files.ts';
import { isRunning, ownerIn, ownOwner, type Owner } from './owner.ts';

/** A lock that is ours until it is released; our death releases it too, since the next taker looks whether we still run. */
export interface Lock extends AsyncDisposable {
  readonly held: false;
  /** May be repeated. */
  release(): Promise<void>;
}

/** Somebody else has it. */
export interface Held {
  readonly held: true;
  /** Undefined if the file could not be understood: then it is believed. */
  readonly owner: Owner | undefined;
  /** What the owner said it is for. */
  readonly what: string | undefined;
}

/**
 * Takes the lock file at `path`, or says who holds it; never waits. The file appears complete (it is linked, not written in place). A
 * lock whose owner is gone is taken over. Throws only for what the file system refuses.
 */
export async function acquireLock(path: string, what: string): Promise<Lock | Held> {
  const content = JSON.stringify({ ...(await ownOwner()), what, nonce: randomUUID() });
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomUUID()}.tmp`;
  await writeFile(temporary, content, { mode: 0o600 });
  try {
    for (;;) {
      if (await linked(temporary, path)) return lock(path, content);
      const found = await readIfThere(path);
      if (found === undefined) continue;
      const holder = parse(found);
      if (holder.owner === undefined || (await isRunning(holder.owner))) return { held: true, ...holder };
      if (await takenOver({ path, stale: found, temporary }, what)) return lock(path, content);
    }
  } finally {
    await rm(temporary, { force: true });
  }
}

/**
 * Whoever would replace this very stale lock must hold the guard named after its content, and look again once he does. So a taker who
 * read the stale lock long ago cannot throw away the fresh one of a faster taker. A guard may go stale itself: it is a lock like any other.
 */
async function takenOver(
  lost: { readonly path: string; readonly stale: string; readonly temporary: string },
  what: string,
): Promise<boolean> {
  const digest = createHash('sha256').update(lost.stale).digest('hex').slice(0, 16);
  const base = lost.path.replace(/(\.[0-9a-f]{16})+$/, '');
  const guard = await acquireLock(`${base}.${digest}`, what);
  if (guard.held) {
    await new Promise(resolve => setTimeout(resolve, 5));
    return false;
  }
  try {
    if ((await readIfThere(lost.path)) !== lost.stale) return false;
    // A link and then a rename over the old name: the lock is never absent in between.
    await rename(lost.temporary, lost.path);
    return true;
  } finally {
    await guard.release();
  }
}

function lock(path: string, content: string): Lock {
  const release = async (): Promise<void> => {
    if ((await readIfThere(path)) === content) await rm(path, { force: true });
  };
  return { held: false, release, [Symbol.asyncDispose]: release };
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function parse(text: string): { readonly owner: Owner | undefined; readonly what: string | undefined } {
  try {
    const value = JSON.parse(text) as unknown;
    const what = typeof value === 'object' && value !== null && 'what' in value ? value.what : undefined;
    return { owner: ownerIn(value), what: typeof what === 'string' ? what : undefined };
  } catch {
    return { owner: undefined, what: undefined };
  }
}
