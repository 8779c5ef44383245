import { momentOf } from '../backup-label.ts';
import { positionOf } from '../wal-name.ts';
import { openFileSource } from '../../system/range.ts';

/** What the end of a `backup_manifest` says; the server writes it last. */
export interface ManifestEnd {
  /** Tells this backup from another one under the same name. */
  readonly mark: string;
  /** The log that belongs to the backup, on its last timeline. */
  readonly timeline: number;
  readonly start: bigint;
  readonly end: bigint;
  /** When the control file was copied, the last of all: the data are of that moment or later. */
  readonly copiedAt: string | null;
}

const END_BYTES = 16_384;

/** `undefined`: it does not end as a manifest does. Rejects with the system's error. */
export async function readManifestEnd(path: string): Promise<ManifestEnd | undefined> {
  await using source = await openFileSource(path);
  const from = Math.max(0, source.size - END_BYTES);
  return manifestEnd((await source.read(from, END_BYTES)).toString('latin1'));
}

export function manifestEnd(text: string): ManifestEnd | undefined {
  const mark = /"Manifest-Checksum": "([0-9a-f]+)"\}\s*$/.exec(text)?.[1];
  const ranges = [...text.matchAll(/\{ "Timeline": (\d+), "Start-LSN": "([^"]+)", "End-LSN": "([^"]+)" \}/g)].map(
    ([, timeline, start = '', end = '']) => ({ timeline: Number(timeline), start: positionOf(start), end: positionOf(end) }),
  );
  // A backup of a standby may reach over several timelines: the newest stands first, the oldest last.
  const start = ranges.at(-1)?.start;
  const end = ranges[0]?.end;
  if (mark === undefined || start === undefined || end === undefined) return undefined;
  const control = /"Path": "global\/pg_control", [^}]*"Last-Modified": "([^"]+)"/.exec(text)?.[1];
  return { mark, timeline: ranges.at(-1)?.timeline ?? 0, start, end, copiedAt: momentOf(control ?? '') };
}
