import { join } from 'node:path';
import { exists, readdir, readFile, rm, stat, writeFile } from '../system/files.ts';
import { privateFolder, type Home } from './home.ts';
import { destroyToolLogKey, saveToolLog, type ToolLogMark } from './tool-log.ts';

/** What backup jobs said is of use while somebody looks into a failure; it may quote rows, and is no evidence. */
const KEPT_MS = 30 * 24 * 3_600_000;
/** Logs of drills lie in the same folder and are kept as long as their evidence. */
const JOB = 'job-';

export interface JobLogPlace {
  readonly client: string;
  /** Name of the run, as `job_run` has it. */
  readonly run: string;
  /** Which of its outputs: `stderr`, `ping`. */
  readonly name: string;
}

/** Keeps what a backup job said, encrypted, and once a day takes away what is older than 30 days. `now`: the wall clock, ISO. Throws StoreError. */
export async function keepJobLog(
  home: Home,
  { client, run, name }: JobLogPlace,
  { bytes, now }: { bytes: Uint8Array; now: string },
): Promise<ToolLogMark> {
  const mark = await saveToolLog(home, { client, drill: `${JOB}${run}`, name }, bytes);
  await forgetOldJobLogs(home, client, now).catch(() => undefined);
  return mark;
}

/** Takes away logs of jobs that are older than 30 days, with their keys; once a day. Gives how many. */
export async function forgetOldJobLogs(home: Home, client: string, now: string): Promise<number> {
  const folder = await privateFolder(home.toolLogs(client));
  // It holds the day on which old ones were last taken away.
  const marker = home.lock(`job-logs-${client}`);
  const day = now.slice(0, 10);
  if ((await exists(marker)) && (await readFile(marker, 'utf8')) === day) return 0;
  const names = (await readdir(folder)).filter(name => name.startsWith(JOB));
  let gone = 0;
  for (const drill of names) {
    const { mtimeMs } = await stat(join(folder, drill));
    if (Date.parse(now) - mtimeMs <= KEPT_MS) continue;
    // The key first: what is left after a crash can no longer be read.
    await destroyToolLogKey(home, { client, drill });
    await rm(join(folder, drill), { recursive: true, force: true });
    gone += 1;
  }
  await writeFile(marker, day, { mode: 0o600 });
  return gone;
}
