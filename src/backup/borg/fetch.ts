import { join } from 'node:path';
import { finding, type Finding } from '../../finding/finding.ts';
import { TreeComparison } from '../../system/compare-tree.ts';
import { mkdir } from '../../system/files.ts';
import { lines } from '../../system/lines.ts';
import { removeTree } from '../../system/tree.ts';
import { BackupError, type FetchPlace, type RecoveryPoint, type Staged } from '../backup.ts';
import { asListed, leftOut } from '../restored-tree.ts';
import { archivesOf, DamagedRepository, isDamage } from './archives.ts';
import { failureOf, messagesOf } from './failure.ts';
import { zeroed } from './list.ts';
import { readListing } from './listed.ts';
import { handleOf } from './point.ts';
import { repositoryOf, startBorg, versionOf, withRepository, type Repository } from './run.ts';
import { refuseIfBusy } from './segments.ts';

/** Name in the staging folder. */
export const TREE = 'tree';

/** What is bad in the restore itself. */
const CORRUPT: Finding = finding('restore.corrupt', 'failed', { probe: 'restore' });

/**
 * The real restore, in the first jail, since it needs repository and key: every chunk is authenticated while it is extracted, and what lies
 * there then is compared with the archive's own listing. A repeated fetch begins anew.
 */
export async function fetch(point: RecoveryPoint, at: FetchPlace, stop: AbortSignal): Promise<Staged> {
  const version = await versionOf(stop);
  const folder = join(at.staging, TREE);
  await removeTree(folder);
  await mkdir(folder, { mode: 0o700 });
  return withRepository({ access: at.store, within: at.staging }, async repository => {
    const staged = { folder: at.staging, bytes: point.bytes, sha256: handleOf(point).id };
    const bad = (findings: readonly Finding[]): Staged => ({ ...staged, findings, handle: { version } });
    if (!(await isStillThere(point, repository, stop))) return bad([CORRUPT]);
    const extracted = await extract(folder, { point, repository, at }, stop);
    if (extracted.some(one => one.outcome === 'failed')) return bad(extracted);
    const tree = new TreeComparison(folder);
    const { archive } = handleOf(point);
    const listed = await readListing({ at: repository, archive, take: entry => tree.take(entry) }, stop);
    if (listed === undefined) return bad([CORRUPT]);
    const compared = await tree.end(stop);
    const findings = [...extracted, ...zeroed(listed), ...asListed(compared), ...leftOut(listed)];
    const says = { files: { files: listed.files, bytes: null } };
    return { ...staged, bytes: listed.bytes, findings, handle: { version, ...says } };
  });
}

/** A name is not an identity: another archive may have it by now. False: the list cannot be read, its bytes are bad. Throws BackupError. */
async function isStillThere(point: RecoveryPoint, at: Repository, stop: AbortSignal): Promise<boolean> {
  const { archive, id } = handleOf(point);
  try {
    const now = (await archivesOf(at, stop)).all.find(({ name }) => name === archive);
    if (now?.id === id) return true;
  } catch (error) {
    if (!(error instanceof DamagedRepository)) throw error;
    await refuseIfBusy(repositoryOf(at.access), at.access.now());
    return false;
  }
  throw new BackupError('object-gone', 'the archive was removed or replaced since it was listed', { hint: 'Start the drill again.' });
}

interface Extracting {
  readonly point: RecoveryPoint;
  readonly repository: Repository;
  readonly at: FetchPlace;
}

/** Bad bytes are findings; throws BackupError for everything that says nothing of them. */
async function extract(folder: string, { point, repository, at }: Extracting, stop: AbortSignal): Promise<readonly Finding[]> {
  const said: string[] = [];
  const cut = lines(line => {
    const done = progressIn(line);
    if (done !== undefined) at.progress({ phase: 'fetch', doneBytes: Math.min(done, point.bytes), totalBytes: point.bytes });
    else if (said.length < 50_000) said.push(line);
  });
  const place = `${repositoryOf(repository.access)}::${handleOf(point).archive}`;
  const ran = await startBorg(repository, { args: ['extract', '--progress', place], cwd: folder, stderr: cut.chunk }, stop).ended;
  cut.end();
  at.progress({ phase: 'fetch', doneBytes: point.bytes, totalBytes: point.bytes });
  return judged({ ...ran, stderr: said.join('\n') }, repository);
}

async function judged(ran: Parameters<typeof failureOf>[0], { access }: Repository): Promise<readonly Finding[]> {
  if (ran.exitCode === 2 && isDamage(ran.stderr)) {
    await refuseIfBusy(repositoryOf(access), access.now());
    return [CORRUPT];
  }
  const failure = failureOf(ran, 'the restore');
  if (failure !== undefined) throw failure;
  const ok = finding('backup.ok', 'passed', { probe: 'backup' });
  if (ran.exitCode === 0) return [ok];
  // 1 is a warning. One user may neither make devices nor give files away; zeros are counted by the listing; anything else is not known.
  const warnings = messagesOf(ran.stderr).filter(({ level }) => level === 'WARNING' || level === 'ERROR');
  const unknown = warnings.filter(
    ({ text }) => !/: attrs: \[Errno (?:1|22)\] |\[Errno 1\] Operation not permitted$|\(all-zero\) chunks/.test(text),
  );
  if (warnings.length > 0 && unknown.length === 0) return [ok];
  return [finding('restore.unknown-exit', 'inconclusive', { probe: 'restore', object: 'borg', observed: 1 })];
}

/** borg counts the bytes that it has written. */
function progressIn(line: string): number | undefined {
  if (!line.startsWith('{"type": "progress')) return undefined;
  const current = /"current": (\d+)/.exec(line)?.[1];
  return current === undefined ? 0 : Number(current);
}
