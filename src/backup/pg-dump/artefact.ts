import { basename, dirname } from 'node:path/posix';
import { patternMatcher } from '../../plan/pattern.ts';
import { isPartialName } from '../dump-files/file-name.ts';
import type { Entry } from '../dump-files/store.ts';

/** One thing in a store that may be a dump: a file, or a folder with `toc.dat`. */
export interface Artefact {
  readonly shape: 'file' | 'directory';
  /** Key of the file, or of the folder (empty for the store itself). */
  readonly key: string;
  /** The file; or all files of the folder, `toc.dat` first if it is there. */
  readonly entries: readonly [Entry, ...Entry[]];
  readonly bytes: number;
  readonly modifiedAt: string;
  /** Said by its name or its missing table of contents: someone began it and did not finish. */
  readonly partial: boolean;
}

export interface Grouped {
  readonly artefacts: readonly Artefact[];
  /** Checksums and manifests by their key. */
  readonly manifests: ReadonlyMap<string, Entry>;
  /** Not readable, links out of the store, devices. */
  readonly refused: readonly Entry[];
  readonly looked: number;
}

const DIRECTORY_FILE = /^(?:toc\.dat|restore\.sql|\d+\.dat(?:\.(?:gz|lz4|zst))?|blobs?(?:_\d+)?\.toc|blob_\d+\.dat(?:\.(?:gz|lz4|zst))?)$/;
const DATA_FILE = /^\d+\.dat(?:\.(?:gz|lz4|zst))?$/;
const MANIFEST = /(?:\.(?:sha256|sha256sum|json)|^SHA256SUMS(?:\.txt)?)$/i;

/** Name of a file in a directory dump: nothing else of such a folder is ever fetched. */
export function isDirectoryFile(name: string): boolean {
  return DIRECTORY_FILE.test(name);
}

/** Folders with a table of contents are one thing each; the same without it is one that was begun. */
export function group(entries: readonly Entry[], pattern: string | undefined): Grouped {
  const matches = patternMatcher(pattern);
  const manifests = new Map(entries.filter(entry => MANIFEST.test(basename(entry.key))).map(entry => [entry.key, entry]));
  const refused = entries.filter(entry => entry.refused !== undefined && matches(entry.key));
  const folders = directoryDumps(entries.filter(entry => entry.refused === undefined));
  const files = entries.filter(entry => entry.refused === undefined && !folders.has(folderOf(entry.key)) && !manifests.has(entry.key));
  const artefacts = [...[...folders].map(([key, inside]) => directoryArtefact(key, inside)), ...files.map(fileArtefact)];
  return { artefacts: artefacts.filter(artefact => matches(artefact.key)), manifests, refused, looked: artefacts.length + refused.length };
}

function folderOf(key: string): string {
  const folder = dirname(key);
  return folder === '.' ? '' : folder;
}

function directoryDumps(entries: readonly Entry[]): Map<string, [Entry, ...Entry[]]> {
  const folders = new Map<string, [Entry, ...Entry[]]>();
  for (const entry of entries) {
    if (!isDirectoryFile(basename(entry.key))) continue;
    const folder = folders.get(folderOf(entry.key));
    if (folder === undefined) folders.set(folderOf(entry.key), [entry]);
    else if (basename(entry.key) === 'toc.dat') folder.unshift(entry);
    else folder.push(entry);
  }
  for (const [key, inside] of folders) {
    if (!inside.some(entry => basename(entry.key) === 'toc.dat' || DATA_FILE.test(basename(entry.key)))) folders.delete(key);
  }
  return folders;
}

function directoryArtefact(key: string, entries: [Entry, ...Entry[]]): Artefact {
  const modifiedAt = entries.reduce((latest, entry) => (entry.modifiedAt > latest ? entry.modifiedAt : latest), '');
  const bytes = entries.reduce((sum, entry) => sum + entry.size, 0);
  // pg_dump writes the table of contents last.
  const partial = basename(entries[0].key) !== 'toc.dat' || isPartialName(key);
  return { shape: 'directory', key, entries, bytes, modifiedAt, partial };
}

function fileArtefact(entry: Entry): Artefact {
  return {
    shape: 'file',
    key: entry.key,
    entries: [entry],
    bytes: entry.size,
    modifiedAt: entry.modifiedAt,
    partial: isPartialName(entry.key),
  };
}
