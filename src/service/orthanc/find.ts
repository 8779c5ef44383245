import type { Jail, JailCommand } from '../../backup/target.ts';
import type { ToolResult } from '../../system/process.ts';
import { notStarted } from '../not-started.ts';
import type { ServiceError } from '../service.ts';

const ROOT = '/restored';
const LOOK_MS = 600_000;
/** Prints folders that hold a file `index` of SQLite; the least deep first. */
const LOOK = `cd ${ROOT} && find . -maxdepth 10 -type f -name index -size +0 | head -n 1000 | while IFS= read -r file; do
  if [ "$(head -c 15 "$file")" = "SQLite format 3" ]; then printf '%s\\0' "\${file%/index}"; fi
done; exit 0`;

/** The folder of the index, as a path below the restored folder; looked for in the jail, because nothing of a restored tree is followed from outside. */
export async function findIndex({ jail, folder }: Place, stop: AbortSignal): Promise<string | undefined> {
  const result = await jail.run(looking(LOOK, folder), stop);
  if (result.exitCode !== 0) throw couldNotLook(jail, result);
  const found = result.stdout.split('\0').filter(path => path !== '' && !path.includes('\n'));
  return found.sort((a, b) => a.split('/').length - b.split('/').length || a.localeCompare(b))[0]?.replace(/^\.\/?/, '');
}

const IMAGE = `cd ${ROOT} && find . -maxdepth 12 -type f -path '*/[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/????????-????-????-????-????????????' | head -n 1`;

/** The folder of images, by one of them; undefined if there is none. */
export async function findStorage({ jail, folder }: Place, stop: AbortSignal): Promise<string | undefined> {
  const result = await jail.run(looking(IMAGE, folder), stop);
  if (result.exitCode !== 0) throw couldNotLook(jail, result);
  return /^\.\/?(.*?)\/?[0-9a-f]{2}\/[0-9a-f]{2}\/[0-9a-f-]{36}\n$/.exec(result.stdout)?.[1];
}

/** Whether this folder, as the plan names it, holds an index. */
export async function hasIndex({ jail, folder, path }: Place & { readonly path: string }, stop: AbortSignal): Promise<boolean> {
  const result = await jail.run(looking(`if cd "${ROOT}/$1" && [ -s index ]; then echo there; fi`, folder, path), stop);
  if (result.exitCode !== 0) throw couldNotLook(jail, result);
  return result.stdout === 'there\n';
}

interface Place {
  readonly jail: Jail;
  readonly folder: string;
}

function looking(script: string, folder: string, ...args: readonly string[]): JailCommand {
  const mounts = [{ from: folder, at: ROOT }];
  return { file: '/bin/sh', args: ['-c', script, 'sh', ...args], mounts, env: { LC_ALL: 'C' }, timeLimitMs: LOOK_MS };
}

/** That nobody could look does not say that there is none. */
function couldNotLook(jail: Jail, result: ToolResult): ServiceError {
  return notStarted('the search for the index', { jail, result, install: 'Report this.' });
}
