import { finding, type Finding } from '../../finding/finding.ts';
import type { Restored, Staged } from '../backup.ts';
import type { RefusedStatement, RestoreTarget } from '../target.ts';
import { judge } from './error-rules.ts';
import { extensionMissing, missingExtensions } from './extensions.ts';
import { applyProperties, previewArchive, restoreArchive, tarTrouble } from './restore-archive.ts';
import { findingsOf, untilRefusedTable } from './restore-findings.ts';
import { openArchive } from './restore-open.ts';
import { restoreScript } from './restore-plain.ts';
import { beginRun, refuseIfNotEmpty, refuseIfStopped, toolsOf, type RestoreRun } from './restore-run.ts';
import { Survey } from './restore-survey.ts';
import { inventRoles } from './roles.ts';

const PROBE = 'restore';

/** What was learned on the way, before it is turned into an answer. */
interface Learned {
  readonly findings: readonly Finding[];
  readonly survey: Survey;
  readonly says: Readonly<Record<string, unknown>>;
  readonly invented: number;
  readonly missing: readonly string[];
  readonly refused: readonly RefusedStatement[];
  readonly ignored: number;
  readonly damaged: boolean;
  /** Something was restored, so that it can be asked. */
  readonly tried: boolean;
}

/** Restores a dump into the empty server of the target, in its jail. Bad bytes are findings; BackupError only for what we could not do. */
export async function restorePgDump(staged: Staged, target: RestoreTarget, stop: AbortSignal): Promise<Restored> {
  const run = beginRun(staged, target, stop);
  if (run === undefined) return noClient();
  await refuseIfNotEmpty(run.server);
  const globals = run.handle.globals === null ? undefined : await restoreScript(run, run.handle.globals, false);
  refuseIfStopped(stop);
  const learned = run.handle.format === 'plain' ? await learnFromScript(run) : await learnFromArchive(run);
  refuseIfStopped(stop);
  const withGlobals = globals === undefined ? learned : { ...learned, findings: [...globals.findings, ...learned.findings] };
  return answer(run, withGlobals);
}

async function learnFromScript(run: RestoreRun): Promise<Learned> {
  const { feeder, says, findings } = await restoreScript(run, run.handle.file, true);
  const { survey, invented } = feeder;
  const missing = [...feeder.missingExtensions];
  const rows = await rowsOfTables(run, says.rows);
  return {
    findings: [...findings, ...scriptNotes(survey)],
    survey,
    says: { rowsByTable: rows, tocTables: [...says.tables], tocEntries: Object.fromEntries(says.kinds) },
    invented,
    missing,
    refused: [],
    ignored: 0,
    damaged: findings.some(found => found.code === 'restore.truncated' || found.code === 'restore.corrupt'),
    tried: feeder.results.length > 0,
  };
}

async function learnFromArchive(run: RestoreRun): Promise<Learned> {
  const opened = await openArchive(run);
  if (!('path' in opened)) return nothing(opened);
  const cut = run.handle.format === 'tar' ? await tarTrouble(opened) : [];
  if (cut.length > 0) return nothing(cut);
  const preview = await previewArchive(run, opened);
  refuseIfStopped(run.stop);
  const { survey, says } = preview;
  if (preview.findings.length > 0) return { ...nothing(preview.findings), survey };
  const invented = await inventRoles(run.server, survey.roles);
  const missing = await missingExtensions(run.server, survey.extensions);
  const restored = await restoreArchive(run, opened);
  const refused = restored.damaged ? [] : await applyProperties(run, preview.properties);
  return {
    findings: restored.findings,
    survey,
    says: { tocTables: says.tables, tocEntries: says.kinds },
    invented,
    missing,
    refused,
    ignored: restored.ignored,
    damaged: restored.damaged,
    tried: true,
  };
}

async function answer(run: RestoreRun, learned: Learned): Promise<Restored> {
  const { statements, more } = await run.server.refused();
  const all = [...statements, ...learned.refused].map(judge);
  const plain = run.handle.format === 'plain';
  const { counted, table } = plain ? untilRefusedTable(all) : { counted: all, table: null };
  const uncounted = more + Math.max(0, learned.ignored - statements.length);
  const alive = run.server.alive();
  const limit = run.target.jail.limitHit();
  const lacking = learned.missing.length > 0;
  const refusals = findingsOf({ errors: counted, uncounted, limit, alive, damaged: learned.damaged, lacking });
  const stopped =
    table === null ? [] : [finding('restore.stopped-at-table', lacking ? 'inconclusive' : 'failed', { probe: PROBE, object: table })];
  const broken = !alive || limit !== undefined;
  // A tool ends in many ways when its server or its memory is taken away.
  const said = learned.findings.filter(found => !broken || found.code !== 'restore.unknown-exit');
  const bad = distinct([...said, ...learned.missing.map(extensionMissing), ...refusals, ...stopped]);
  const ok = bad.every(found => !found.required || found.outcome === 'passed');
  return {
    findings: [...(ok ? [finding('restore.ok', 'passed', { probe: PROBE })] : []), ...bad, ...notes(run, learned)],
    tools: toolsOf(run),
    usable: alive && learned.tried,
    says: { database: run.server.database, extensions: [...learned.survey.extensions], ...learned.says },
  };
}

/** What is worth knowing and decides nothing, unless the plan says so. */
function notes(run: RestoreRun, { survey, invented }: Learned): readonly Finding[] {
  const required = run.staged.handle['roles'] === 'required';
  const roles = finding('restore.roles-invented', 'failed', { probe: PROBE, required, unit: 'roles', expected: 0, observed: invented });
  const places = finding('restore.tablespaces-ignored', 'passed', { probe: PROBE, required: false, observed: survey.tablespaces.size });
  return [...(invented === 0 ? [] : [roles]), ...(survey.tablespaces.size === 0 ? [] : [places])];
}

function scriptNotes(survey: Survey): readonly Finding[] {
  const replaces = finding('restore.script-replaces-database', 'failed', { probe: PROBE, required: false });
  const owners = finding('restore.owners-not-in-dump', 'failed', {
    probe: PROBE,
    required: false,
    unit: 'tables',
    observed: survey.tables,
  });
  return [...(survey.replacesDatabase ? [replaces] : []), ...(survey.tables > 0 && survey.owners === 0 ? [owners] : [])];
}

/** Rows that were loaded through a partitioned table lie in its partitions: its own count says nothing. */
async function rowsOfTables(run: RestoreRun, rows: ReadonlyMap<string, number>): Promise<Readonly<Record<string, number>>> {
  const parents = await run.server
    .sql(
      `select n.nspname || '.' || c.relname as name from pg_catalog.pg_class c
         join pg_catalog.pg_namespace n on n.oid = c.relnamespace where c.relkind = 'p'`,
    )
    .catch(() => []);
  const partitioned = new Set(parents.map(row => row['name']));
  return Object.fromEntries([...rows].filter(([table]) => !partitioned.has(table)));
}

function nothing(findings: readonly Finding[]): Learned {
  return { findings, survey: new Survey(), says: {}, invented: 0, missing: [], refused: [], ignored: 0, damaged: true, tried: false };
}

function noClient(): Restored {
  const missing = finding('restore.tool-missing', 'inconclusive', { probe: PROBE, object: 'pg_restore' });
  return { findings: [missing], tools: [], usable: false, says: {} };
}

function distinct(findings: readonly Finding[]): readonly Finding[] {
  const seen = new Set<string>();
  return findings.filter(found => {
    const key = `${found.code} ${found.outcome} ${found.object ?? ''} ${found.unit ?? ''}`;
    return seen.has(key) ? false : seen.add(key);
  });
}
