import { join } from 'node:path';
import { readdir, readFile, writeDurably } from '../../system/files.ts';
import { ownerIn, type Owner } from '../../system/owner.ts';

/** Its file, in the sandbox's folder. */
export const MARKER = 'sandbox.json';

/** What a sandbox says of itself on disk, for whoever comes after its owner died. */
export interface Marker {
  /** Of its sandbox. */
  readonly kind: string;
  readonly drill: string;
  readonly owner: Owner;
  /** The drill's own user, if it has one. */
  readonly uid: number | null;
  /** Absolute folders of its cgroups. */
  readonly cgroups: readonly string[];
}

export async function writeMarker(path: string, marker: Marker): Promise<void> {
  await writeDurably(path, JSON.stringify(marker), 0o600);
}

/** The marker of a sandbox folder; undefined if there is none, or none that can be understood. */
export async function readMarker(folder: string): Promise<Marker | undefined> {
  try {
    return parse(JSON.parse(await readFile(join(folder, MARKER), 'utf8')));
  } catch {
    return undefined;
  }
}

/** Every sandbox that has a folder in `scratch`, also half-made ones. */
export async function listMarkers(scratch: string): Promise<readonly { readonly folder: string; readonly marker: Marker | undefined }[]> {
  const entries = await readdir(scratch, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter(entry => entry.isDirectory()).map(entry => join(scratch, entry.name));
  return Promise.all(folders.map(async folder => ({ folder, marker: await readMarker(folder) })));
}

function parse(value: unknown): Marker | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { kind, drill, owner: said, uid, cgroups } = value as Record<string, unknown>;
  const owner = ownerIn(said);
  if (typeof drill !== 'string' || owner === undefined) return undefined;
  const folders = Array.isArray(cgroups) ? cgroups.filter(one => typeof one === 'string') : [];
  // Only one kind made sandboxes before they said which.
  return { kind: typeof kind === 'string' ? kind : 'namespace', drill, owner, uid: typeof uid === 'number' ? uid : null, cgroups: folders };
}
