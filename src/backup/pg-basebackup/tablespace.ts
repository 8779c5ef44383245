import { basename, isAbsolute, join, relative } from 'node:path';
import { readdir, readFile, readlink, stat } from '../../system/files.ts';
import type { Place } from './find.ts';
import type { BaseBackupOptions } from './options.ts';

/** A tablespace of a base backup. */
export interface Tablespace {
  /** Its number in the cluster: the name of its link, and of its archive. */
  readonly number: string;
  /** Where its files are, if that could be found out; of a tar-format backup its archive. */
  readonly path: string | undefined;
}

/**
 * The tablespaces that a base backup refers to. A link may name any folder of the machine that made it: only what lies below the folders of the plan
 * is looked at, and what lies elsewhere is looked for there under its last name or its number.
 */
export async function tablespacesOf(place: Place, options: BaseBackupOptions): Promise<readonly Tablespace[]> {
  if (place.shape === 'tar') return tarred(place);
  const links = await readdir(join(place.path, 'pg_tblspc'), { withFileTypes: true }).catch(() => []);
  const found: Tablespace[] = [];
  for (const link of links.filter(one => /^\d+$/.test(one.name) && one.isSymbolicLink())) {
    const target = await readlink(join(place.path, 'pg_tblspc', link.name));
    found.push({ number: link.name, path: await firstFolder(placesOf(target, link.name, { place, options })) });
  }
  return found;
}

async function tarred({ path, names }: Place): Promise<readonly Tablespace[]> {
  const numbers = names.flatMap(name => /^(\d+)\.tar(?:\.\w+)?$/.exec(name)?.[1] ?? []);
  const map = names.includes('tablespace_map') ? await readFile(join(path, 'tablespace_map'), 'utf8') : '';
  const listed = [...map.matchAll(/^(\d+) /gm)].map(([, number = '']) => number);
  return [...new Set([...numbers, ...listed])].map(number => ({ number, path: numbers.includes(number) ? path : undefined }));
}

function placesOf(target: string, number: string, at: { readonly place: Place; readonly options: BaseBackupOptions }): readonly string[] {
  const { from, tablespaces } = at.options;
  const shown = [from, ...(tablespaces === undefined ? [] : [tablespaces])];
  const inside = isAbsolute(target) && shown.some(folder => isBelow(folder, target)) ? [target] : [];
  const guessed = tablespaces === undefined ? [] : [join(tablespaces, basename(target)), join(tablespaces, number)];
  return [...inside, ...guessed];
}

function isBelow(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '' && !way.startsWith('..') && !isAbsolute(way);
}

async function firstFolder(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const facts = await stat(path).catch(() => undefined);
    if (facts?.isDirectory() === true) return path;
  }
  return undefined;
}
