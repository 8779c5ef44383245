import { dirname } from 'node:path';
import { finding, type Finding } from '../../finding/finding.ts';
import type { ToolResult } from '../../system/process.ts';
import { Readable } from 'node:stream';
import { BackupError, type Restored, type Staged } from '../backup.ts';
import type { JailCommand, Mount, RestoreTarget } from '../target.ts';
import type { SaidDone } from './contract.ts';
import { BAD_BACKUP, listen, type Heard } from './heard.ts';

const STAGED_AT = '/staged';
const RESTORED_AT = '/restored';
const PROBE = 'restore';

/** Lets the plan's own `restore` work in the second jail. Its word is believed only where it agrees with its exit code. */
export async function restore(staged: Staged, target: RestoreTarget, stop: AbortSignal): Promise<Restored> {
  const heard = listen('restore', progress => target.progress(progress));
  const result = await target.jail.run(commandOf(staged, target, heard), stop);
  const done = heard.done();
  target.toolLog('restore', result.stderr);
  const findings = judge(result, done, target);
  const { version, rowsByTable, files, layout } = done ?? {};
  return {
    findings,
    tools: [{ name: 'command', version: version ?? 'unknown' }],
    usable: result.exitCode === 0 && findings.every(found => found.outcome === 'passed'),
    says: { ...(rowsByTable === undefined ? {} : { rowsByTable }), ...(files === undefined ? {} : { files }) },
    ...(layout === undefined ? {} : { layout }),
  };
}

function commandOf(staged: Staged, target: RestoreTarget, heard: Heard): JailCommand {
  const [file, ...args] = staged.handle['restore'] as readonly [string, ...string[]];
  const { server, folder } = target;
  const client = server?.clients[0];
  const mounts: Mount[] = [{ from: staged.folder, at: STAGED_AT }];
  if (!file.startsWith('/usr/') || file.startsWith('/usr/local/')) mounts.push({ from: dirname(file), at: dirname(file) });
  if (folder !== undefined) mounts.push({ from: folder, at: RESTORED_AT, write: true });
  const env = { RESURGAM_STAGED: STAGED_AT, ...(folder === undefined ? {} : { RESURGAM_RESTORED: RESTORED_AT }) };
  const asked = { point: staged.handle['id'], handle: staged.handle['handle'], staged: STAGED_AT };
  const base = { file, args, stdin: Readable.from([`${JSON.stringify(asked)}\n`]), stdout: heard.chunk };
  if (server === undefined) return { ...base, env, mounts };
  const path = client === undefined ? {} : { PATH: `${client.bin}:/usr/bin:/bin` };
  return { ...base, env: { ...env, ...server.clientEnv, ...path }, mounts: [...mounts, ...server.clientMounts, ...(client?.mounts ?? [])] };
}

function judge(result: ToolResult, done: SaidDone | undefined, target: RestoreTarget): readonly Finding[] {
  if (result.stopped) throw new BackupError('stopped', 'restoring was stopped', { hint: 'Start the drill again.' });
  const hit = target.jail.limitHit();
  if (hit === 'disk') return [finding('restore.sandbox-disk-full', 'inconclusive', { probe: PROBE })];
  if (hit === 'memory') return [finding('restore.out-of-memory', 'inconclusive', { probe: PROBE })];
  if (result.timedOut || hit === 'time') return [finding('restore.time-limit', 'inconclusive', { probe: PROBE })];
  if (result.exitCode === 127) return [finding('restore.tool-missing', 'inconclusive', { probe: PROBE, object: 'restore' })];
  if (result.exitCode === BAD_BACKUP || (result.exitCode === 0 && done?.bad !== undefined))
    return [finding(`restore.${done?.bad ?? 'corrupt'}`, 'failed', { probe: PROBE })];
  const observed = result.exitCode === 0 ? 'it ended with 0 without saying that it was done' : (result.exitCode ?? result.signal ?? 'none');
  if (result.exitCode !== 0 || done === undefined)
    return [finding('restore.unknown-exit', 'inconclusive', { probe: PROBE, object: 'restore', observed })];
  return [finding('restore.ok', 'passed', { probe: PROBE })];
}
