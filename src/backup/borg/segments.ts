import { join } from 'node:path';
import { isCode, open, readdir, readFile, stat } from '../../system/files.ts';
import { BackupError } from '../backup.ts';
import { hintedSegments } from './hints.ts';

/** Entry that ends a transaction; the same bytes in every repository. */
const COMMIT = Buffer.from('40f43c250900000002', 'hex');

/** What a repository consists of, as its folder shows it: no program was asked, no key is needed. */
export interface Segments {
  /** Numbers of the segments that are there. */
  readonly there: readonly number[];
  /** Numbers of those that hold something that is still needed, by borg's own notes. */
  readonly needed: readonly number[];
  /** What was committed after the index was written: borg would have to write before it can read. */
  readonly indexBehind: boolean;
  /** The segment that ended the newest transaction, by the name of the index: borg goes back to an older one, without a word, if it is not whole. */
  readonly end: 'whole' | 'gone' | 'damaged';
}

export type Place = 'repository' | 'empty' | 'incomplete' | 'foreign';

/** Throws BackupError `store-missing`, `store-unreadable`. */
export async function lookAtPlace(repository: string): Promise<Place> {
  return translated(async () => {
    const names = await readdir(repository);
    if (names.length === 0) return 'empty';
    const there = ['config', 'data', 'README'].filter(name => names.includes(name));
    if (!there.includes('data')) return there.length === 2 ? 'incomplete' : 'foreign';
    if (!there.includes('config')) return there.length === 2 ? 'incomplete' : 'foreign';
    return /^\[repository\]/m.test(await readFile(join(repository, 'config'), 'utf8')) ? 'repository' : 'incomplete';
  });
}

export async function segmentsOf(repository: string): Promise<Segments> {
  return translated(async () => {
    const there: number[] = [];
    for (const folder of await numbersIn(join(repository, 'data')))
      there.push(...(await numbersIn(join(repository, 'data', String(folder)))));
    there.sort((a, b) => a - b);
    const names = await readdir(repository);
    const indexed = Math.max(-1, ...names.flatMap(name => (/^index\.\d+$/.test(name) ? [Number(name.slice(6))] : [])));
    const later = there.filter(segment => segment > indexed);
    let indexBehind = indexed === -1 && there.length > 0;
    for (const segment of later) indexBehind ||= await isCommitted(await fileOf(repository, segment));
    const hints = names.includes(`hints.${indexed}`) ? await readFile(join(repository, `hints.${indexed}`)) : undefined;
    return { there, needed: hints === undefined ? [] : hintedSegments(hints), indexBehind, end: await endOf(repository, there, indexed) };
  });
}

async function endOf(repository: string, there: readonly number[], indexed: number): Promise<Segments['end']> {
  if (indexed === -1) return 'whole';
  if (!there.includes(indexed)) return 'gone';
  return (await isCommitted(await fileOf(repository, indexed))) ? 'whole' : 'damaged';
}

/** The file of a segment: folders hold a fixed number each, which the repository's configuration says. */
export async function fileOf(repository: string, segment: number): Promise<string> {
  const config = await readFile(join(repository, 'config'), 'utf8');
  const perFolder = Number(/^segments_per_dir = (\d+)$/m.exec(config)?.[1] ?? 1_000);
  return join(repository, 'data', String(Math.floor(segment / perFolder)), String(segment));
}

/** How long the lock has been there; undefined: there is none. */
export async function lockAgeMs(repository: string, now: string): Promise<number | undefined> {
  try {
    return Date.parse(now) - (await stat(join(repository, 'lock.exclusive'))).mtimeMs;
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** A backup may take so long. borg never renews its lock. */
export const FRESH_MS = 24 * 3_600_000;

/** What is missing while another program works in the repository says nothing of the backup. Throws BackupError. */
export async function refuseIfBusy(repository: string, now: string): Promise<void> {
  const age = await lockAgeMs(repository, now);
  if (age === undefined || age > FRESH_MS) return;
  throw new BackupError('bytes-changed', 'something was missing in the repository while another program worked in it', {
    hint: 'Start the drill again when the backup or the pruning has ended.',
  });
}

async function isCommitted(file: string): Promise<boolean> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(COMMIT.length), 0, COMMIT.length, Math.max(0, size - COMMIT.length));
    return bytesRead === COMMIT.length && buffer.equals(COMMIT);
  } finally {
    await handle.close();
  }
}

async function numbersIn(folder: string): Promise<readonly number[]> {
  return (await readdir(folder)).filter(name => /^\d+$/.test(name)).map(Number);
}

async function translated<T>(look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (cause) {
    if (isCode(cause, 'ENOENT') || isCode(cause, 'ENOTDIR'))
      throw new BackupError('store-missing', 'there is no repository at the place that the plan names', {
        hint: 'Check backup.repository in the plan, and whether the file system is mounted.',
        cause,
      });
    throw new BackupError('store-unreadable', 'files of the repository could not be read', {
      hint: 'Let the user who runs Resurgam read the repository.',
      cause,
    });
  }
}
