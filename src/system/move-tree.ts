import { chmod, lstat, rename } from './files.ts';

/** Puts a folder in the place of an empty one on the same file system, without touching what is in it. Rejects if it is a link or no folder. */
export async function moveTree(from: string, to: string): Promise<void> {
  const facts = await lstat(from);
  if (!facts.isDirectory()) throw new Error('what should be moved is no folder');
  // A folder that its owner may not write cannot change its parent.
  await chmod(from, 0o700);
  await rename(from, to);
}
