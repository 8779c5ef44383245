import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { finding, type Finding, type FindingCode } from '../../finding/finding.ts';
import { mkdir, readdir, readFile, readlink, rename, rm, writeFile } from '../../system/files.ts';
import { digestOfFiles } from '../../system/hash.ts';
import type { ToolResult } from '../../system/process.ts';
import { BackupError, type FetchPlace, type RecoveryPoint, type Staged } from '../backup.ts';
import { endOfLog, faultOfHeader, findingOfFault } from '../wal-fault.ts';
import { placeOfName } from '../wal-name.ts';
import { ERRORS, needPgBackRest, pgbackrest, refused } from './command.ts';
import { catalogueOf } from './catalogue.ts';
import { readOptions, repositoriesOf } from './options.ts';
import { handleOf, type PointHandle } from './point.ts';
import { readStored } from './archive.ts';
import type { StagedHandle } from './staged.ts';
import { verify } from './verify.ts';

interface Fetching {
  readonly point: RecoveryPoint;
  readonly handle: PointHandle;
  readonly at: FetchPlace;
}

interface Part {
  readonly files: readonly { readonly name: string; readonly sha256: string }[];
  readonly findings: readonly Finding[];
}

/** Restores the backup with pgBackRest itself into the staging folder, and brings the segments that it needs: what runs later needs no repository. */
export async function fetch(point: RecoveryPoint, at: FetchPlace, stop: AbortSignal): Promise<Staged> {
  const version = await needPgBackRest(stop);
  const handle = handleOf(point);
  const of = { point, handle, at };
  await stillThere(of, stop);
  for (const name of ['base', 'spaces', 'tablespaces', 'wal', 'lock']) await rm(join(at.staging, name), { recursive: true, force: true });
  const verified = readOptions(at.store.section).verify === false ? [] : await verify(at.store, handle, stop);
  if (isBad(verified)) return staged(of, { version, findings: verified });
  at.progress({ phase: 'fetch', doneBytes: 0, totalBytes: point.bytes, note: 'pgbackrest restore' });
  const base = await restoreBase(of, stop);
  if (isBad(base.findings)) return staged(of, { version, findings: [...verified, ...base.findings] });
  const numbers = await sortTablespaces(at.staging);
  const wal = await fetchWal(of, stop);
  at.progress({ phase: 'fetch', doneBytes: point.bytes, totalBytes: point.bytes });
  const findings = [...verified, ...base.findings, ...wal.findings];
  return staged(of, { version, findings, files: [...base.files, ...wal.files], tablespaces: numbers, until: wal.until });
}

/** Throws BackupError `object-gone` for a backup that was expired since it was listed. */
async function stillThere({ handle, at }: Fetching, stop: AbortSignal): Promise<void> {
  const repository = repositoriesOf(readOptions(at.store.section)).find(({ number }) => number === handle.repo);
  const kept = repository === undefined ? [] : (await catalogueOf(at.store, repository, stop)).backup;
  if (kept.some(({ label }) => label === handle.label)) return;
  throw new BackupError('object-gone', 'the backup was there when the repository was listed, and is gone', {
    hint: 'See whether pgbackrest expired it meanwhile, and start the drill again.',
  });
}

function isBad(findings: readonly Finding[]): boolean {
  return findings.some(found => found.required && found.outcome !== 'passed');
}

interface Come {
  readonly version: string;
  readonly findings: readonly Finding[];
  readonly files?: Part['files'];
  readonly tablespaces?: readonly string[];
  readonly until?: string | null;
}

function staged({ handle, point, at }: Fetching, come: Come): Staged {
  const rest: StagedHandle = {
    version: come.version,
    tablespaces: come.tablespaces ?? [],
    segments: handle.segments.length,
    until: handle.target.to === 'newest' ? (come.until ?? null) : null,
    target: handle.target,
    timeline: handle.timeline,
  };
  return { folder: at.staging, bytes: point.bytes, sha256: digestOfFiles(come.files ?? []), findings: come.findings, handle: { ...rest } };
}

const CODES: Readonly<Record<number, FindingCode>> = {
  [ERRORS.checksum]: 'backup.digest-mismatch',
  [ERRORS.fileInvalid]: 'restore.corrupt',
  [ERRORS.format]: 'restore.corrupt',
  [ERRORS.fileMissing]: 'backup.files-missing',
  // The passphrase is right: it has just opened the list of backups. So what it does not open are other bytes than were written.
  [ERRORS.crypto]: 'restore.corrupt',
};

async function restoreBase({ handle, at }: Fetching, stop: AbortSignal): Promise<Part> {
  const folder = (name: string): string => join(at.staging, name);
  for (const name of ['base', 'spaces', 'lock']) await mkdir(folder(name), { mode: 0o700 });
  const args = [
    ...[`--repo=${handle.repo}`, `--set=${handle.label}`, '--type=none', '--process-max=2'],
    ...[`--pg1-path=${folder('base')}`, `--tablespace-map-all=${folder('spaces')}`, `--lock-path=${folder('lock')}`],
  ];
  const result = await pgbackrest(at.store, { args: [...args, 'restore'] }, stop);
  await rm(folder('lock'), { recursive: true, force: true });
  if (result.exitCode !== 0) return { files: [], findings: [faultOf(result)] };
  // The manifest has the digest of every file, and pgBackRest has just compared them.
  const path = `backup/${readOptions(at.store.section).stanza}/${handle.label}/backup.manifest`;
  const manifest = await readStored({ store: at.store, repo: handle.repo }, path, stop);
  return { files: [{ name: 'backup.manifest', sha256: createHash('sha256').update(manifest).digest('hex') }], findings: [] };
}

/** Known codes speak of the bytes. Throws BackupError for what was ours; anything else is not concluded from. */
function faultOf(result: ToolResult): Finding {
  const code = CODES[result.exitCode ?? -1];
  if (/No space left on device|Disk quota exceeded|File too large/.test(result.stderr))
    throw refused('the backup could not be restored', result);
  if (code === undefined)
    return finding('restore.unknown-exit', 'inconclusive', {
      probe: 'backup',
      object: 'pgbackrest restore',
      observed: `exit code ${result.exitCode ?? 'none'}`,
    });
  return finding(code, 'failed', { probe: 'backup', unit: 'files', expected: 0, observed: 1 });
}

/** From the folders that pgBackRest names after each tablespace to those that are named by its number. */
async function sortTablespaces(staging: string): Promise<readonly string[]> {
  const links = join(staging, 'base/pg_tblspc');
  const numbers: string[] = [];
  await mkdir(join(staging, 'tablespaces'), { mode: 0o700 });
  for (const entry of await readdir(links, { withFileTypes: true }).catch(() => [])) {
    if (!entry.isSymbolicLink() || !/^\d+$/.test(entry.name)) continue;
    const from = await readlink(join(links, entry.name));
    if (!from.startsWith(join(staging, 'spaces/')))
      throw new BackupError('tool-failed', 'a tablespace was restored elsewhere', { hint: 'Report this.' });
    await rename(from, join(staging, 'tablespaces', entry.name));
    numbers.push(entry.name);
  }
  await rm(join(staging, 'spaces'), { recursive: true, force: true });
  return numbers;
}

/** Each segment by `archive-get`, which proves its checksum; then by its header, the last one record by record. */
async function fetchWal({ handle, at }: Fetching, stop: AbortSignal): Promise<Part & { readonly until: string | null }> {
  const folder = join(at.staging, 'wal');
  await mkdir(folder, { mode: 0o700 });
  const files: { name: string; sha256: string }[] = [];
  let last: Buffer | undefined;
  const get = async (name: string): Promise<ToolResult> => {
    const options = [`--repo=${handle.repo}`, `--pg1-path=${join(at.staging, 'base')}`, '--no-archive-missing-retry'];
    return pgbackrest(at.store, { args: [...options, 'archive-get', name, join(folder, name)] }, stop);
  };
  await histories({ handle, at }, folder, stop);
  for (const [index, name] of handle.segments.entries()) {
    const result = await get(name);
    const beyond = handle.segments.length - index;
    if (result.exitCode === 1) return { files, until: null, findings: [findingOfFault('gone', beyond)] };
    if (result.exitCode !== 0) return { files, until: null, findings: [walFault(result, beyond)] };
    const content = await readFile(join(folder, name));
    const place = placeOfName(name, handle.segmentBytes) ?? { timeline: 0, number: 0 };
    const fault = faultOfHeader(content, { place, segmentBytes: handle.segmentBytes, systemId: handle.systemId });
    const short = content.length === handle.segmentBytes ? undefined : ('damaged' as const);
    const wrong = short ?? fault;
    if (wrong !== undefined) return { files, until: null, findings: [findingOfFault(wrong, beyond)] };
    files.push({ name, sha256: createHash('sha256').update(content).digest('hex') });
    last = content;
  }
  return { files, ...endOfLog(last) };
}

/** `archive-get` has one code for whatever kept it from a file, and says behind it what that was. */
const DAMAGED_SEGMENT = /\[(?:FormatError|ChecksumError|CryptoError|FileInvalidError)\]/;

function walFault(result: ToolResult, beyond: number): Finding {
  if (result.exitCode === ERRORS.fileRead && DAMAGED_SEGMENT.test(result.stderr)) return findingOfFault('damaged', beyond);
  const found = faultOf(result);
  return found.outcome === 'failed' ? findingOfFault('damaged', beyond) : found;
}

async function histories({ handle, at }: Omit<Fetching, 'point'>, folder: string, stop: AbortSignal): Promise<void> {
  const parent = Number.parseInt((handle.segments[0] ?? '00000001').slice(0, 8), 16);
  for (let timeline = parent + 1; timeline <= (handle.timeline ?? 0); timeline += 1) {
    const name = `${timeline.toString(16).toUpperCase().padStart(8, '0')}.history`;
    const path = `archive/${readOptions(at.store.section).stanza}/${handle.archiveId}/${name}`;
    await writeFile(join(folder, name), await readStored({ store: at.store, repo: handle.repo }, path, stop));
  }
}
