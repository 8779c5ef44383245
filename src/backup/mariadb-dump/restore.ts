import { finding, type Finding } from '../../finding/finding.ts';
import { BackupError, type Restored, type Staged } from '../backup.ts';
import { readScript, type Restoring } from '../dump-files/read-script.ts';
import { unknownExit } from '../opening.ts';
import type { RestoreTarget, TargetServer } from '../target.ts';
import { findingsOf } from './error-rules.ts';
import { ScriptFeeder, type Fed } from './feeder.ts';
import { followed, type Followed } from './followed.ts';
import { readHandle, STAGED_FILE } from './handle.ts';
import type { ScriptSays } from './script-says.ts';

const PROBE = 'restore';
const NOTHING: Followed = { layout: undefined, findings: [] };
/** What a dump says of its tables and rows holds no more when changes were replayed over them. */
const CHANGED_SINCE = { rowsByTable: undefined, tocTables: undefined } as const;

/** Restores a dump into the empty server of the target, in its jail. Bad bytes are findings; BackupError only for what we could not do. */
export async function restore(staged: Staged, target: RestoreTarget, stop: AbortSignal): Promise<Restored> {
  const { server } = target;
  if (server === undefined)
    throw new BackupError('tool-failed', 'there is no server to restore into', { hint: 'Report this: a server is prepared first.' });
  const run: Restoring = { staged, target, stop };
  const handle = readHandle(staged.handle);
  const { users, compression, commented } = handle;
  const accounts = users === null ? undefined : await feed(run, { server, script: { file: users, compression: 'none' } });
  refuseIfStopped(stop);
  const fed = await feed(run, { server, script: { file: STAGED_FILE, compression } });
  refuseIfStopped(stop);
  const both = accounts === undefined ? [fed] : [accounts, fed];
  const bad = [...both.flatMap(one => one.findings), ...both.flatMap(one => ended(run, { server, fed: one })), ...endOf(fed, commented)];
  const ok = bad.every(found => !found.required || found.outcome === 'passed');
  const [client] = server.clients;
  const { layout, findings } = ok ? followed(handle, fed.says, server.database) : NOTHING;
  return {
    findings: [...(ok ? [finding('restore.ok', 'passed', { probe: PROBE })] : []), ...bad, ...findings, ...notes(fed)],
    tools: [{ name: 'mariadb', version: client?.version ?? '' }],
    usable: server.alive() && fed.says.made.size + fed.says.rows.size > 0,
    says: { ...whatItSays(fed.says, server), ...(layout === undefined ? {} : CHANGED_SINCE) },
    ...(layout === undefined ? {} : { layout: { ...layout } }),
  };
}

interface Feeding {
  readonly server: TargetServer;
  readonly script: Parameters<typeof readScript>[1];
}

async function feed(run: Restoring, { server, script }: Feeding): Promise<Fed> {
  const feeder = new ScriptFeeder(run, server);
  for (const found of await readScript(run, script, chunk => feeder.push(chunk))) feeder.halt(found);
  const halted = feeder.halted();
  const fed = await feeder.finish();
  return halted ? { ...fed, says: { ...fed.says, complete: true, unfinished: false } } : fed;
}

/** The tool writes a last line; a script without it was cut off, however well the rest of it runs. */
function endOf({ says }: Fed, commented: boolean): readonly Finding[] {
  if (says.unfinished) return [finding('restore.truncated', 'failed', { probe: PROBE })];
  if (says.complete) return [];
  return [finding('restore.incomplete', commented ? 'failed' : 'inconclusive', { probe: PROBE })];
}

function ended({ target }: Restoring, { server, fed }: { readonly server: TargetServer; readonly fed: Fed }): readonly Finding[] {
  const limit = target.jail.limitHit();
  const alive = server.alive();
  const found = findingsOf({ errors: fed.result.stopped ? withoutEnding(fed.errors) : fed.errors, limit, alive });
  const { exitCode } = fed.result;
  // 1: it met errors, all of which were counted. What we ended ourselves says nothing.
  const known = exitCode === 0 || (exitCode === 1 && fed.errors.size > 0) || fed.result.stopped || limit !== undefined || !alive;
  return known ? found : [...found, unknownExit('mariadb', fed.result)];
}

/** What a client says because we ended it: its question was interrupted (1317), or something without a number. */
function withoutEnding(errors: Fed['errors']): Fed['errors'] {
  return new Map([...errors].filter(([number]) => number !== 0 && number !== 1317));
}

/** What is worth knowing and decides nothing. */
function notes({ says, withheld }: Fed): readonly Finding[] {
  const replaces = finding('restore.script-replaces-database', 'failed', { probe: PROBE, required: false });
  const harmless = { probe: PROBE, required: false, object: 'settings of the whole server', observed: withheld };
  return [...(says.replacesSchema ? [replaces] : []), ...(withheld > 0 ? [finding('restore.harmless', 'passed', harmless)] : [])];
}

/** For the probes. What has no schema of its own is in the one that was made for it. */
function whatItSays(says: ScriptSays, server: TargetServer): Restored['says'] {
  const placed = (name: string): string => (name.startsWith('.') ? `${server.database}${name}` : name);
  const ours = (name: string): boolean => !/^(?:mysql|sys)\./.test(name);
  const rows = [...says.rows].map(([name, count]) => [placed(name), count] as const).filter(([name]) => ours(name));
  const tables = [...(says.commented ? says.dumped : says.made)].map(placed).filter(ours);
  const kinds = [says.parts.has('routines') ? 'routines' : null, says.parts.has('events') ? 'events' : null];
  return {
    database: server.database,
    rowsByTable: Object.fromEntries(rows),
    tocTables: tables,
    dumpedParts: kinds.filter(kind => kind !== null),
    charset: says.charset,
    setsTimeZone: says.setsTimeZone,
    makesUsers: says.makesUsers,
  };
}

function refuseIfStopped(stop: AbortSignal): void {
  if (stop.aborted) throw new BackupError('stopped', 'the restore was stopped', { hint: 'Run the drill again.' });
}
