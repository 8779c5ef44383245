import { dirname, join } from 'node:path';
import { sha256Hex } from '../evidence/digest.ts';
import type { Subject } from '../evidence/statement.ts';
import { isCode, readFile, rm, writeDurably } from '../system/files.ts';
import { StoreError, storeError } from './error.ts';
import { privateFolder } from './home.ts';

/** A file that an entry will vouch for. */
export interface SubjectFile {
  /** Path in the ledger's folder and in the evidence pack: `drills/<drill>.json`, `plans/<plan>@<12 hex>.yaml`. */
  readonly name: string;
  readonly bytes: string | Uint8Array;
}

export interface WrittenSubjects {
  readonly subjects: readonly Subject[];
  /** Takes away the files that were not there before: the entry that should vouch for them did not come about. */
  readonly undo: () => Promise<void>;
}

/** `plans/<plan>@<first 12 hex of its digest>.yaml`: one name per version, so that an old drill keeps its plan. */
export function planSubject(plan: { readonly plan: string; readonly digest: string; readonly bytes: Uint8Array }): SubjectFile {
  return { name: `plans/${plan.plan}@${plan.digest.slice(0, 12)}.yaml`, bytes: plan.bytes };
}

/**
 * Writes them durably before anybody vouches for them. A file that is there must be the same: evidence is never overwritten. What no entry
 * vouches for is no evidence: a process that was killed between the file and its entry left it, and it is replaced.
 */
export async function writeSubjects(
  folder: string,
  files: readonly SubjectFile[],
  isVouched: (name: string) => boolean,
): Promise<WrittenSubjects> {
  const made: string[] = [];
  const undo = async (): Promise<void> => {
    for (const path of made) await rm(path, { force: true });
  };
  const subjects: Subject[] = [];
  try {
    for (const { name, bytes } of files) {
      const path = join(folder, name);
      if (!(await isThere(path, bytes, isVouched(name)))) {
        await privateFolder(dirname(path));
        await writeDurably(path, bytes);
        made.push(path);
      }
      subjects.push({ name, sha256: sha256Hex(bytes) });
    }
  } catch (cause) {
    await undo();
    throw storeError(cause, folder);
  }
  return { subjects, undo };
}

async function isThere(path: string, bytes: string | Uint8Array, vouched: boolean): Promise<boolean> {
  try {
    if ((await readFile(path)).equals(Buffer.from(bytes))) return true;
  } catch (error) {
    if (isCode(error, 'ENOENT')) return false;
    throw error;
  }
  if (!vouched) return false;
  throw new StoreError('ledger-altered', `${path}: expected the file that the ledger vouches for, it has other bytes`, {
    hint: 'Put back the file from a copy; evidence is never written twice.',
  });
}
