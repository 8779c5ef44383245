import { setMaxListeners } from 'node:events';
import { dirname, join } from 'node:path';
import { finding, type Finding } from '../../finding/finding.ts';
import { mkdir, utimes } from '../../system/files.ts';
import { digestOfFiles } from '../../system/hash.ts';
import { S3Error } from '../../system/s3-error.ts';
import type { S3Version } from '../../system/s3-versions.ts';
import { BackupError, type FetchPlace, type RecoveryPoint, type Staged } from '../backup.ts';
import { asBackupError } from '../dump-files/s3-store.ts';
import type { SaidOfFiles } from '../restored-files.ts';
import { historyOf, openBucketOf, type Bucket } from './bucket.ts';
import { Keys } from './keys.ts';
import type { ObjectsHandle } from './list.ts';
import { readOptions } from './options.ts';
import { saveObject, type Saved } from './save.ts';
import { identityOf, stateAt } from './state.ts';

/** Below the staging folder. */
export const TREE = 'tree';
const SIDE_BY_SIDE = 8;

/** Brings every object of one moment into the staging folder as a file, and compares it with the checksum that the store keeps of it. */
export async function fetch(point: RecoveryPoint, at: FetchPlace, stop: AbortSignal): Promise<Staged> {
  using bucket = openBucketOf(at.store);
  const handle = point.handle as unknown as ObjectsHandle;
  const state = stateAt(await historyOf(bucket, stop), handle.at);
  if (state === undefined || identityOf(state) !== handle.identity) throw changed();
  const keys = new Keys(
    state.objects.map(({ key }) => key),
    bucket.root,
  );
  const tree = join(at.staging, TREE);
  await mkdir(tree, { recursive: true });
  const wanted = state.objects.flatMap(object => {
    const path = keys.paths.get(object.key);
    return path === undefined ? [] : [{ object, path, file: join(tree, path) }];
  });
  const saved = await saveAll({ bucket, at, total: state.bytes }, wanted, stop);
  const files = saved.filter(({ is }) => is === 'whole' || is === 'unproved');
  const said: SaidOfFiles = {
    ...{ files: state.objects.length, bytes: state.bytes, attributed: null },
    digests: readOptions(at.store.section).digests ?? null,
  };
  const damaged = saved.filter(({ is }) => is === 'damaged').length;
  const bytes = files.reduce((sum, one) => sum + one.bytes, 0);
  const findings = [...keys.findings(), ...findingsOf(saved)];
  return {
    folder: at.staging,
    bytes,
    sha256: digestOfFiles(files),
    findings,
    handle: { version: 'S3', asleep: saved.length - files.length - damaged, files: said },
  };
}

function changed(): BackupError {
  return new BackupError('bytes-changed', 'objects were replaced or removed since the bucket was listed', {
    hint: 'Keep versions in the bucket, so that what was listed stays there; or start the drill again when nobody writes.',
  });
}

interface Wanted {
  readonly object: S3Version;
  readonly path: string;
  readonly file: string;
}

interface Saving {
  readonly bucket: Bucket;
  readonly at: FetchPlace;
  readonly total: number;
}

async function saveAll(
  { bucket, at, total }: Saving,
  wanted: readonly Wanted[],
  stop: AbortSignal,
): Promise<readonly (Saved & { readonly name: string })[]> {
  const saved: (Saved & { readonly name: string })[] = [];
  const waiting = wanted.values();
  const ended = new AbortController();
  const stopAll = AbortSignal.any([stop, ended.signal]);
  // Each request that is under way listens to it.
  setMaxListeners(0, stopAll);
  let doneBytes = 0;
  const work = async (): Promise<void> => {
    for (const { object, path, file } of waiting) {
      await mkdir(dirname(file), { recursive: true });
      const one = await saveOne(bucket, { object, file }, stopAll);
      if (one.is !== 'asleep') await utimes(file, new Date(object.modifiedAt), new Date(object.modifiedAt));
      saved.push({ ...one, name: path });
      doneBytes += object.size;
      at.progress({ phase: 'fetch', doneBytes, totalBytes: total });
    }
  };
  const workers = Array.from({ length: SIDE_BY_SIDE }, () =>
    work().catch((error: unknown) => {
      ended.abort();
      throw error;
    }),
  );
  const broken = (await Promise.allSettled(workers)).flatMap(one => (one.status === 'rejected' ? [one.reason as unknown] : []));
  if (stop.aborted) throw new BackupError('stopped', 'stopped while fetching objects', { hint: 'Start the drill again.' });
  if (broken.length > 0) throw asBackupError(broken.find(error => !(error instanceof S3Error && error.code === 'stopped')) ?? broken[0]);
  return saved;
}

/** An object that sleeps in an archive class is no error: it is counted. */
async function saveOne({ versions }: Bucket, to: { readonly object: S3Version; readonly file: string }, stop: AbortSignal): Promise<Saved> {
  try {
    return await versions.retrying(() => saveObject(versions, to, stop), stop);
  } catch (error) {
    if (error instanceof S3Error && error.code === 'archived') return { is: 'asleep', bytes: 0, sha256: '' };
    throw error;
  }
}

function findingsOf(saved: readonly Saved[]): readonly Finding[] {
  const count = (is: Saved['is']): number => saved.filter(one => one.is === is).length;
  const facts = { probe: 'backup', unit: 'objects', expected: saved.length };
  const [asleep, damaged, proved] = [count('asleep'), count('damaged'), count('whole')];
  return [
    ...(asleep === 0 ? [] : [finding('backup.needs-thaw', 'inconclusive', { ...facts, observed: asleep })]),
    ...(damaged === 0 ? [] : [finding('backup.objects-damaged', 'failed', { ...facts, observed: damaged })]),
    ...(asleep + damaged > 0 ? [] : [finding('backup.objects-verified', 'passed', { ...facts, observed: proved })]),
  ];
}
