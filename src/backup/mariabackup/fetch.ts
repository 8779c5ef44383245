import { dirname, join } from 'node:path';
import { finding, type Finding } from '../../finding/finding.ts';
import { mkdir } from '../../system/files.ts';
import { digestOfFiles } from '../../system/hash.ts';
import { BackupError, type FetchPlace, type RecoveryPoint, type Staged } from '../backup.ts';
import { NO_LOG, stageBinlogs } from '../binlogs/stage.ts';
import { openStore } from '../dump-files/store.ts';
import { readHandle } from './list.ts';
import { identityOf, look, refusedIn, type BackupFolder } from './look.ts';
import { STREAM, type StagedHandle } from './staged.ts';
import { proveStream } from './stream-stage.ts';
import { stageKeys } from './table-keys.ts';

/** Brings every folder of the chain into the staging folder, under a number of its own. */
export async function fetch(point: RecoveryPoint, at: FetchPlace, stop: AbortSignal): Promise<Staged> {
  const { keys, identity, binlogs } = readHandle(point.handle);
  await using store = await openStore(at.store);
  const { chains } = await look(store, stop);
  const chain = chains.find(one => one.length === keys.length && one.every(({ key }, index) => key === keys[index]));
  if (chain === undefined)
    throw new BackupError('object-gone', 'the backup that was listed is not there any more', {
      hint: 'See whether the backup job was replacing it, and start the drill again when it has ended.',
    });
  if (identityOf(chain) !== identity)
    throw new BackupError('bytes-changed', 'the backup is not the one that was listed', {
      hint: 'See whether the backup job was replacing it, and start the drill again when it has ended.',
    });
  if (refusedIn(chain) > 0)
    throw new BackupError('store-unreadable', 'parts of the backup are links out of its folder, or may not be read', {
      hint: 'Let the user who runs Resurgam read every folder of the backup, and keep it in one place without links.',
    });
  const copied: { name: string; sha256: string; size: number }[] = [];
  let done = 0;
  for (const [index, folder] of chain.entries()) {
    for (const entry of folder.entries) {
      const name = `${index}/${nameIn(folder, entry.key)}`;
      const file = join(at.staging, name);
      await mkdir(dirname(file), { recursive: true });
      const progress = (bytes: number): void => at.progress({ phase: 'fetch', doneBytes: done + bytes, totalBytes: point.bytes });
      copied.push({ name, sha256: await store.copy(entry, { file, progress }, stop), size: entry.size });
      done += entry.size;
    }
  }
  const proved: Finding[] = [];
  for (const [index, { stream }] of chain.entries())
    if (stream !== null) proved.push(...(await proveStream(join(at.staging, `${index}/${STREAM}`), stream, stop)));
  const log = binlogs === null ? NO_LOG : await stageBinlogs({ ...binlogs, of: null }, at, stop);
  const handle: StagedHandle = {
    ...readHandle(point.handle),
    tableKeys: await stageKeys(at),
    stagedBinlogs: log.binlogs,
    streams: chain.map(({ stream }) => stream !== null),
  };
  const bytes = done + log.bytes;
  const bad = [...proved, ...log.findings];
  const ok = finding('backup.ok', 'passed', { probe: 'backup', unit: 'bytes', observed: bytes });
  const sha256 = digestOfFiles([...copied, ...log.files]);
  return { folder: at.staging, bytes, sha256, findings: bad.length > 0 ? bad : [ok], handle: { ...handle } };
}

function nameIn({ key, stream }: BackupFolder, entry: string): string {
  if (stream !== null) return STREAM;
  return key === '' ? entry : entry.slice(key.length + 1);
}
