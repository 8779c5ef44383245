import { join, normalize } from 'node:path';
import { z } from 'zod';
import { finding, type Finding } from '../../finding/finding.ts';
import { isCode, lstat } from '../../system/files.ts';
import { openFileSource } from '../../system/range.ts';
import type { RecoveryPoint, StoreAccess } from '../backup.ts';
import { throwIfStopped, translated } from './find.ts';
import { readOptions } from './options.ts';
import { handleOf } from './point.ts';

/** A manifest of half a million files; what is larger is left to the drill. */
const MANIFEST_BYTES = 64 << 20;

const Manifest = z.object({ Files: z.array(z.object({ Path: z.string().optional(), Size: z.int() })) });

/** Whether every file that the manifest lists is there with its size. Their bytes are compared by the drill. */
export async function inspect(point: RecoveryPoint, access: StoreAccess, stop: AbortSignal): Promise<readonly Finding[]> {
  const { from } = readOptions(access.section);
  const { key, shape } = handleOf(point);
  const notChecked = finding('backup.not-checked', 'skipped', { probe: 'backup', required: false });
  if (shape === 'tar') return [notChecked];
  const folder = join(from, key);
  return translated(from, async () => {
    const text = await manifestIn(folder);
    return text === undefined ? [notChecked] : compared(folder, text, stop);
  });
}

async function manifestIn(folder: string): Promise<string | undefined> {
  try {
    await using source = await openFileSource(join(folder, 'backup_manifest'));
    return source.size > MANIFEST_BYTES ? undefined : (await source.read(0, source.size)).toString('utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function compared(folder: string, text: string, stop: AbortSignal): Promise<readonly Finding[]> {
  const read = Manifest.safeParse(jsonOf(text));
  if (!read.success) return [finding('backup.damaged', 'failed', { probe: 'backup' })];
  // Tablespaces lie behind links, which may lead anywhere.
  const files = read.data.Files.flatMap(({ Path, Size }) => (Path === undefined || !isInside(Path) ? [] : [{ path: Path, size: Size }]));
  let missing = 0;
  let changed = 0;
  for (const { path, size } of files) {
    throwIfStopped(stop);
    const there = await lstat(join(folder, path)).catch(() => undefined);
    if (there === undefined) missing += 1;
    else if (there.size !== size) changed += 1;
  }
  const facts = { probe: 'backup', unit: 'files' };
  return [
    ...(missing === 0 ? [] : [finding('backup.files-missing', 'failed', { ...facts, expected: files.length, observed: missing })]),
    ...(changed === 0 ? [] : [finding('backup.digest-mismatch', 'failed', { ...facts, expected: 0, observed: changed })]),
    ...(missing + changed === 0 ? [finding('backup.ok', 'passed', { probe: 'backup' })] : []),
  ];
}

function isInside(path: string): boolean {
  return !path.startsWith('/') && !normalize(path).startsWith('..') && !path.startsWith('pg_tblspc/');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
