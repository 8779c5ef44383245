import { join } from 'node:path';
import { Readable } from 'node:stream';
import { CONFIG_AT, directoryMounts, OUR_NAME } from '../../backup/restored-directory.ts';
import type { Jail, JailCommand } from '../../backup/target.ts';
import { rename, rm, stat } from '../../system/files.ts';
import { notStarted } from '../not-started.ts';
import type { NewPlace } from '../new-place.ts';

const NEW_AT = '/directory/settled';
const INSTALL = 'Install it: apt-get install slapd';
/** The file of the data grows up to this, as a map of memory that takes room only as it is filled. */
const LEAST_MAP_BYTES = 1 << 30;
const ROOM = 4;

interface Settling {
  readonly jail: Jail;
  readonly folder: string;
  readonly to: NewPlace;
}

/** Writes the settings anew, for a server in another place: whoever came through the sandbox's socket could do everything; there only its administrator can. */
export async function settleFor({ jail, folder, to }: Settling, stop: AbortSignal): Promise<void> {
  const run = async (file: string, args: readonly string[], more: Pick<JailCommand, 'mounts' | 'stdin'>): Promise<string> => {
    const result = await jail.run({ file, args, env: { LC_ALL: 'C' }, ...more }, stop);
    if (result.exitCode !== 0) throw notStarted(file, { jail, result, install: INSTALL });
    return result.stdout;
  };
  const said = await run('/usr/sbin/slapcat', ['-n', '0', '-F', CONFIG_AT, '-o', 'ldif_wrap=no'], { mounts: directoryMounts(folder) });
  const { size } = await stat(join(folder, 'data/data.mdb'));
  const text = settledText(said, { to, mapBytes: Math.max(LEAST_MAP_BYTES, ROOM * size) });
  const made = await jail.makeFolder('directory-settled');
  const mounts = [
    { from: made, at: NEW_AT, write: true },
    // slapadd looks whether the folder is there.
    { from: join(folder, 'data'), at: join(to.folder, 'data'), write: true },
  ];
  await run('/usr/sbin/slapadd', ['-n', '0', '-F', NEW_AT], { mounts, stdin: Readable.from([Buffer.from(text)]) });
  await rm(join(folder, 'config'), { recursive: true });
  await rename(made, join(folder, 'config'));
}

interface Settled {
  readonly to: NewPlace;
  readonly mapBytes: number;
}

/** The settings that we wrote ourselves, line by line; those of the backup among them name no place. */
export function settledText(text: string, { to, mapBytes }: Settled): string {
  const { uid, gid } = to.administrator;
  const administrator = `gidNumber=${String(gid)}+uidNumber=${String(uid)},cn=peercred,cn=external,cn=auth`;
  const everything = `olcAccess: {0}to * by dn.exact="${administrator}" manage by * `;
  return text
    .split('\n\n')
    .map(entry => {
      const ofSettings = entry.startsWith('dn: olcDatabase={0}config,');
      const lines = entry.split('\n').filter(line => !line.startsWith('olcAuthzRegexp:') && !(ofSettings && line.startsWith('olcAccess:')));
      const settled = lines.map(line =>
        line
          .replace(/^olcDbDirectory: .*$/, `olcDbDirectory: ${to.folder}/data`)
          .replace(/^olcDbMaxSize: .*$/, `olcDbMaxSize: ${String(mapBytes)}`)
          .replaceAll(OUR_NAME, administrator),
      );
      return [...settled, ...(ofSettings ? [`${everything}none`] : [])].join('\n');
    })
    .join('\n\n');
}
