import { join } from 'node:path';
import { finding, type Finding, type FindingCode } from '../../finding/finding.ts';
import { exists, mkdir, readdir } from '../../system/files.ts';
import { openFileSource } from '../../system/range.ts';
import { packingOf, UNPACKERS } from '../../system/unpack.ts';
import { BackupError } from '../backup.ts';
import type { ToolResult } from '../../system/process.ts';
import { couldNot } from '../restored-cluster.ts';
import type { Run } from './restore.ts';

/** Unpacks the archives of a tar-format backup, in the jail. Damaged ones are findings. */
export async function unpackTars(run: Run): Promise<readonly Finding[]> {
  const from = join(run.staged.folder, 'base');
  const names = (await readdir(from)).filter(name => /\.tar(?:\.\w+)?$/.test(name)).sort();
  for (const folder of ['data', 'tablespaces', ...run.handle.tablespaces.map(number => join('tablespaces', number))])
    await mkdir(join(run.folder, folder), { mode: 0o700 });
  await run.target.jail.own(run.folder);
  for (const name of names) {
    const result = await unpackOne(run, name, await packingIn(join(from, name)));
    if (result.exitCode !== 0) return [faultOf(result, run)];
  }
  return copyManifest(run);
}

async function packingIn(path: string): Promise<ReturnType<typeof packingOf>> {
  await using source = await openFileSource(path);
  return packingOf(await source.read(0, 6));
}

async function unpackOne(run: Run, name: string, packing: ReturnType<typeof packingOf>): Promise<ToolResult> {
  const number = /^(\d+)\.tar/.exec(name)?.[1];
  const to = number !== undefined ? `tablespaces/${number}` : name.startsWith('pg_wal.') ? 'data/pg_wal' : 'data';
  const program = packing === 'none' ? [] : [`--use-compress-program=${UNPACKERS[packing].file}`];
  if (packing !== 'none' && !(await exists(UNPACKERS[packing].file)))
    throw new BackupError('tool-missing', `${UNPACKERS[packing].file} is not installed`, {
      hint: `Install it: apt-get install ${UNPACKERS[packing].package}`,
    });
  const tar = `mkdir -p "/restored/$1" && exec tar --extract --no-same-owner --no-same-permissions --file "/staged/$2" --directory "/restored/$1" "$@"`;
  const args = ['-c', tar.replace('"$@"', program.join(' ')), 'sh', to, name];
  const mounts = [
    { from: join(run.staged.folder, 'base'), at: '/staged' },
    { from: run.folder, at: '/restored', write: true },
  ];
  return run.target.jail.run({ file: '/bin/sh', args, mounts, env: { LC_ALL: 'C' } }, run.stop);
}

const BY_TEXT: readonly (readonly [RegExp, FindingCode])[] = [
  [/Unexpected EOF|unexpected end of file|premature end|truncated/i, 'restore.truncated'],
  [/Member name contains|Removing leading|Cannot (?:hard link|create symlink|mknod)/, 'backup.foreign-members'],
];

function faultOf(result: ToolResult, { target, stop }: Run): Finding {
  const hit = target.jail.limitHit();
  if (hit !== undefined || stop.aborted || result.exitCode === undefined) throw couldNot('tar did not come to its end', { result, hit });
  target.toolLog('tar', result.stderr);
  const code = BY_TEXT.find(([text]) => text.test(result.stderr))?.[1] ?? 'restore.corrupt';
  const facts = code === 'backup.foreign-members' ? { unit: 'entries', expected: 0, observed: 1 } : {};
  return finding(code, 'failed', { probe: 'restore', ...facts });
}

/** The manifest lies beside the archives; its place is in the data folder. */
async function copyManifest(run: Run): Promise<readonly Finding[]> {
  if (!run.handle.hasManifest) return [];
  const mounts = [
    { from: join(run.staged.folder, 'base'), at: '/staged' },
    { from: join(run.folder, 'data'), at: '/restored', write: true },
  ];
  const args = ['--remove-destination', '/staged/backup_manifest', '/restored/backup_manifest'];
  const result = await run.target.jail.run({ file: 'cp', args, mounts }, run.stop);
  if (result.exitCode !== 0) throw couldNot('the manifest could not be put in place', { result, hit: run.target.jail.limitHit() });
  return [];
}
