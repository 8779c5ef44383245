import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { finding, type Finding, type FindingCode } from '../../finding/finding.ts';
import { createReadStream, createWriteStream, isCode, rename } from '../../system/files.ts';
import { openFileSource } from '../../system/range.ts';
import type { StreamPacking } from './stream.ts';
import { walkStream, type StreamState } from './stream-walk.ts';

const CODES: Readonly<Record<Exclude<StreamState, 'whole'>, FindingCode>> = {
  cut: 'backup.truncated',
  damaged: 'backup.damaged',
  hostile: 'backup.foreign-members',
};

/** A stream that was brought is opened where it lies, and each of its names looked at before anything unpacks it. */
export async function proveStream(path: string, packing: StreamPacking, stop: AbortSignal): Promise<readonly Finding[]> {
  const opened = packing === 'gzip' ? await gunzip(path, stop) : undefined;
  if (opened !== undefined) return [opened];
  await using source = await openFileSource(path);
  const state = await walkStream(source);
  return state === 'whole' ? [] : [finding(CODES[state], 'failed', { probe: 'backup', ...(state === 'hostile' ? { observed: 1 } : {}) })];
}

async function gunzip(path: string, stop: AbortSignal): Promise<Finding | undefined> {
  try {
    await pipeline(createReadStream(path), createGunzip(), createWriteStream(`${path}.opened`), { signal: stop });
  } catch (error) {
    if (isCode(error, 'Z_BUF_ERROR')) return finding('backup.truncated', 'failed', { probe: 'backup' });
    if (isCode(error, 'Z_DATA_ERROR')) return finding('backup.damaged', 'failed', { probe: 'backup' });
    throw error;
  }
  await rename(`${path}.opened`, path);
  return undefined;
}
