import { join } from 'node:path';
import { chmod, mkdir, rm, writeFile } from '../../system/files.ts';
import { runTool } from '../../system/process.ts';
import { KEYS } from '../s3-server/server.ts';
import { lastWords, SourceError } from '../source.ts';

/** Where the backups of one sample system go, and what makes them. */
export interface SamplePlace {
  /** The backups. */
  readonly folder: string;
  /** Secrets of all sample systems. */
  readonly secrets: string;
  readonly stop: AbortSignal;
  /** Where the checkout is. */
  readonly checkout: string;
}

export const SECRETS = {
  pgbackrest: 'correct horse battery staple',
  restic: 'a password that only this demo has',
  account: 'correct horse battery',
  'bucket-key-id': KEYS.accessKeyId,
  'bucket-secret': KEYS.secretAccessKey,
} as const;

/** Empty folders for a system, and the secrets that its plan refers to. */
export async function preparePlace(place: SamplePlace): Promise<void> {
  await rm(place.folder, { recursive: true, force: true });
  for (const folder of [place.folder, place.secrets]) await mkdir(folder, { recursive: true });
  await chmod(place.secrets, 0o700);
  for (const [name, text] of Object.entries(SECRETS)) await writeFile(join(place.secrets, name), text, { mode: 0o600 });
}

/** Runs a shell script in a folder; gives what it printed, rejects with SourceError when it fails. */
export async function script(
  text: string,
  at: { readonly cwd: string; readonly stop: AbortSignal; readonly env?: Record<string, string> },
): Promise<string> {
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', TZ: 'UTC', HOME: at.cwd, ...at.env };
  const result = await runTool(
    { file: '/bin/bash', args: ['-euc', text], env, cwd: at.cwd, timeLimitMs: 600_000, keepBytes: 16 << 20 },
    at.stop,
  );
  if (result.exitCode === 0) return result.stdout;
  throw new SourceError(
    `a sample system could not be made (${String(result.exitCode ?? result.signal)}): ${lastWords(result)}`,
    'Run `node src/set-up.mjs demo --all` to see whether its programs are there.',
  );
}

/** `20261127T120000Z`: in names of backups. */
export function stamp(at = new Date()): string {
  return at.toISOString().replaceAll(/[-:]|\.\d+/g, '');
}
