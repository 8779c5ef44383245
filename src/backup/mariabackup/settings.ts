import { join } from 'node:path';
import { isCode, readFile, writeFile } from '../../system/files.ts';
import { openFileSource } from '../../system/range.ts';
import { keySettings, LAYOUT_SETTINGS, LayoutSettings, type TableKeys } from '../mariadb-files.ts';
import type { Mount, RestoreTarget } from '../target.ts';

export const SETTINGS_AT = '/settings';
const OWN = 'backup-my.cnf';
const LARGEST = 65_536;

/** What a backup needs of settings, in a file of ours. */
export interface Furnished {
  readonly mount: Mount;
  readonly settings: LayoutSettings;
}

/**
 * `backup-my.cnf` says how the files are laid out, and which libraries mariabackup is to load. Only what is known and harmless of it is taken
 * over, into a file of ours that takes its place.
 */
export async function furnishSettings(
  { jail }: Pick<RestoreTarget, 'jail'>,
  of: { readonly folder: string; readonly staging: string; readonly keys: TableKeys | null },
): Promise<Furnished> {
  const text = await textOf(join(of.folder, OWN));
  const settings = layoutIn(text);
  const place = await jail.makeFolder('mariabackup-settings');
  const lines = Object.entries({ ...settings, ...keySettings(of.keys, `${SETTINGS_AT}/keys`) });
  if (of.keys !== null) {
    lines.push(['plugin_dir', '/usr/lib/mysql/plugin/']);
    await writeFile(join(place, 'keys'), await readFile(join(of.staging, of.keys.file)), { mode: 0o600 });
  }
  await writeFile(join(place, OWN), `[mysqld]\n${lines.map(([name, value]) => `${name}=${value}\n`).join('')}`);
  await jail.own(place);
  return { mount: { from: place, at: SETTINGS_AT }, settings };
}

/** Replaces what the backup brought along. */
export const PUT_SETTINGS = { file: '/bin/cp', args: ['--remove-destination', '--', `${SETTINGS_AT}/${OWN}`, '/restored/'] };

async function textOf(path: string): Promise<string> {
  try {
    await using source = await openFileSource(path);
    return (await source.read(0, LARGEST)).toString('latin1');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return '';
    throw error;
  }
}

/** A value that is not known is left out: the tool then has its default. */
function layoutIn(text: string): LayoutSettings {
  const found = LAYOUT_SETTINGS.flatMap(name => {
    const value = new RegExp(`^${name}\\s*=\\s*(\\S{1,400})\\s*$`, 'm').exec(text)?.[1];
    return value !== undefined && LayoutSettings.shape[name].safeParse(value).success ? [[name, value] as const] : [];
  });
  return LayoutSettings.parse(Object.fromEntries(found));
}
