import { join, relative } from 'node:path';
import { finding } from '../../finding/finding.ts';
import { lstat, readdir } from '../../system/files.ts';
import { digestOfFiles, hashFile } from '../../system/hash.ts';
import { runTool, type ToolResult } from '../../system/process.ts';
import { BackupError, type FetchPlace, type RecoveryPoint, type Staged } from '../backup.ts';
import { nonsense, type SaidDone } from './contract.ts';
import { BAD_BACKUP, endOf, listen, NOT_REACHED } from './heard.ts';
import { readOptions } from './options.ts';
import { settingOf } from './setting.ts';

const LONGEST_MS = 2_147_483_647;

/** Lets the plan's own `fetch` fill the staging folder, then counts and hashes what is there: what it says is not enough. */
export async function fetch(point: RecoveryPoint, at: FetchPlace, stop: AbortSignal): Promise<Staged> {
  const options = readOptions(at.store.section);
  const [file, ...args] = options.fetch;
  const heard = listen('fetch', progress => at.progress(progress));
  const own = Object.fromEntries(Object.keys(options.env).map(name => [name, at.store.env[name] ?? '']));
  const env = {
    ...settingOf(own),
    HOME: at.staging,
    TMPDIR: '/tmp',
    RESURGAM_STAGED: at.staging,
    RESURGAM_POINT: String(point.handle['id']),
  };
  const asked = { point: point.handle['id'], handle: point.handle['handle'], staged: at.staging };
  const result = await runTool(
    { file, args, env, cwd: at.staging, stdin: `${JSON.stringify(asked)}\n`, stdout: heard.chunk, timeLimitMs: LONGEST_MS },
    stop,
  );
  const done = heard.done();
  if (result.exitCode === BAD_BACKUP || (result.exitCode === 0 && done?.bad !== undefined)) return bad(at, done);
  if (result.exitCode !== 0) throw notFetched(result);
  if (done === undefined)
    throw nonsense('fetch', 'it ended with 0 without the line {"done":true,"bytes":…}, so nobody knows whether it did its work');
  const staged = await stagedIn(at.staging, stop);
  if (staged.bytes !== done.bytes)
    throw nonsense('fetch', `it said ${done.bytes ?? 'nothing of'} bytes, and ${staged.bytes} bytes are in the folder`);
  return { folder: at.staging, ...staged, findings: [], handle: point.handle };
}

function bad(at: FetchPlace, done: SaidDone | undefined): Staged {
  const code = done?.bad === 'truncated' ? 'backup.truncated' : 'backup.damaged';
  return { folder: at.staging, bytes: 0, sha256: '', findings: [finding(code, 'failed', { probe: 'backup' })], handle: {} };
}

function notFetched(result: ToolResult): BackupError {
  if (result.stopped) return new BackupError('stopped', 'fetching was stopped', { hint: 'Start the drill again.' });
  const hint =
    'Run the command `fetch` of the plan by hand. In the drill it sees /usr, its own folder, what `reads` names, and the network only with `network: true`.';
  const missing = result.exitCode === undefined && result.signal === undefined;
  const code = result.exitCode === NOT_REACHED ? 'store-unreadable' : missing ? 'tool-missing' : 'tool-failed';
  return new BackupError(code, `the command \`fetch\` ${endOf(result)}`, { hint });
}

/** Plain files only: links and devices of a hostile backup are not followed, and count nothing. */
async function stagedIn(folder: string, stop: AbortSignal): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const files: { name: string; sha256: string }[] = [];
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    bytes += (await lstat(path)).size;
    files.push({ name: relative(folder, path), sha256: await hashFile(path, stop) });
  }
  return { bytes, sha256: digestOfFiles(files) };
}
