import { join } from 'node:path';
import { Readable } from 'node:stream';
import { finding, type Finding } from '../../finding/finding.ts';
import { mkdir, readdir, readFile } from '../../system/files.ts';
import { lines } from '../../system/lines.ts';
import type { ToolResult } from '../../system/process.ts';
import { findProgram, lacks, sayLack } from '../../system/program.ts';
import { BackupError, type Restored, type Staged } from '../backup.ts';
import { FedProgram } from '../dump-files/fed-program.ts';
import { readScript, type Restoring } from '../dump-files/read-script.ts';
import { brokenBy } from '../limit.ts';
import { unknownExit } from '../opening.ts';
import { CONFIG_AT, directoryMounts, SLAPD, type DirectoryLayout } from '../restored-directory.ts';
import type { LimitHit, RestoreTarget } from '../target.ts';
import { readHandle, STAGED_FILE, type LdifHandle } from './handle.ts';
import { SlapaddErrors } from './heard.ts';
import { LdifScan } from './scan.ts';
import { missingModules, serverSettings, settingsIn, type DirectorySettings, type ServerSettings } from './settings.ts';

const PROBE = 'restore';
const SLAPADD = '/usr/sbin/slapadd';
const MODULES = '/usr/lib/ldap';
const SCHEMA = '/etc/ldap/schema';
/** What Debian's server brings along and directories use. */
const USUAL_SCHEMA = ['core', 'cosine', 'nis', 'inetorgperson', 'misc', 'dyngroup', 'openldap'];
const LEAST_MAP_BYTES = 64 << 20;

/** Makes a directory of an export, in the jail. Bad bytes are findings; BackupError only for what we could not do. */
export async function restore(staged: Staged, target: RestoreTarget, stop: AbortSignal): Promise<Restored> {
  const { folder } = target;
  if (folder === undefined) throw new BackupError('tool-failed', 'there is no folder to restore into', { hint: 'Report this.' });
  const found = await findProgram(SLAPD, stop);
  if (lacks(found)) {
    const { message, hint } = sayLack(SLAPD, found);
    throw new BackupError('tool-missing', message, { hint });
  }
  for (const name of ['config', 'data']) await mkdir(join(folder, name), { recursive: true, mode: 0o700 });
  await target.jail.own(folder);
  const handle = readHandle(staged.handle);
  const settings = handle.config === null ? undefined : settingsIn(await readFile(join(staged.folder, handle.config)), handle.suffix);
  const layout: DirectoryLayout = { suffix: handle.wanted ?? settings?.suffix ?? handle.suffix };
  const run = { staged, target, stop, folder };
  const installed = await installedModules();
  const lacking = missingModules({ settings, installed });
  const refused = await writeSettings(run, { settings, suffix: layout.suffix, installed });
  const loaded = refused === undefined ? await load(run, handle, layout.suffix) : undefined;
  if (stop.aborted) throw new BackupError('stopped', 'the restore was stopped', { hint: 'Run the drill again.' });
  const undefinedHere = lacking.length > 0 && loaded?.findings.some(({ code }) => code === 'restore.schema-missing') === true;
  const heard = [...foreignSettings(settings), ...(refused === undefined ? [] : [refused]), ...(loaded?.findings ?? [])];
  const bad = undefinedHere ? heard.map(doubted) : heard;
  const ok = bad.every(one => !one.required || one.outcome === 'passed');
  return {
    findings: [
      ...(ok ? [finding('restore.ok', 'passed', { probe: PROBE })] : []),
      ...bad,
      ...lack(lacking, undefinedHere),
      ...notes(settings),
    ],
    tools: [{ name: 'slapadd', version: found.version }],
    usable: loaded?.usable === true,
    says: { directory: { entries: undefinedHere ? null : (loaded?.entries ?? null), modulesMissing: lacking.length > 0 } },
    layout: { ...layout },
  };
}

/** What entries without definitions leave behind says nothing while the module that may define them is not here. */
function doubted(one: Finding): Finding {
  const doubtful = one.code === 'restore.schema-missing' || one.code === 'restore.parents-missing';
  return doubtful ? { ...one, outcome: 'inconclusive' } : one;
}

function lack(modules: readonly string[], required: boolean): readonly Finding[] {
  if (modules.length === 0) return [];
  const facts = { probe: PROBE, required, object: modules.join(', ').slice(0, 200), observed: modules.length };
  return [finding('restore.library-missing', 'inconclusive', facts)];
}

interface Run extends Restoring {
  readonly folder: string;
}

/** Without them a directory with definitions or access rules of its own does not come back. */
function notes(settings: DirectorySettings | undefined): readonly Finding[] {
  return settings === undefined ? [finding('restore.settings-not-in-backup', 'skipped', { probe: PROBE, required: false })] : [];
}

/** Of another directory, or cut off between two entries: its access rules would silently be ours. */
export function foreignSettings(settings: DirectorySettings | undefined): readonly Finding[] {
  const foreign = settings !== undefined && settings.suffix === undefined;
  return foreign ? [finding('restore.settings-foreign', 'failed', { probe: PROBE })] : [];
}

async function writeSettings(
  { target, folder, stop }: Run,
  { settings, suffix, installed }: Pick<ServerSettings, 'settings' | 'suffix' | 'installed'>,
): Promise<Finding | undefined> {
  const text = serverSettings({
    ...{ settings, suffix, usualSchema: await usualSchema(), installed },
    // A map of one file: it takes disk as it is filled, and no more than there may be.
    sizeBytes: Math.max(LEAST_MAP_BYTES, Math.floor(target.jail.limits.diskBytes * 0.8)),
  });
  const command = { file: SLAPADD, args: ['-n', '0', '-F', CONFIG_AT], mounts: directoryMounts(folder), env: { LC_ALL: 'C' } };
  const result = await target.jail.run({ ...command, stdin: Readable.from([Buffer.from(text)]) }, stop);
  if (result.exitCode === 0) return undefined;
  target.toolLog('slapadd', result.stderr);
  const broken = brokenBy(target.jail.limitHit());
  if (broken !== undefined) return broken;
  if (result.exitCode !== 1) return unknownExit('slapadd', result);
  return finding('restore.settings-refused', 'inconclusive', { probe: PROBE });
}

async function usualSchema(): Promise<string> {
  try {
    const texts = await Promise.all(USUAL_SCHEMA.map(name => readFile(join(SCHEMA, `${name}.ldif`), 'utf8')));
    return texts.map(text => `${text}\n`).join('');
  } catch (cause) {
    throw new BackupError('tool-missing', `the definitions of slapd are not in ${SCHEMA}`, {
      hint: 'Install it: apt-get install slapd',
      cause,
    });
  }
}

async function installedModules(): Promise<ReadonlySet<string>> {
  const names = await readdir(MODULES).catch((): readonly string[] => []);
  return new Set(names.flatMap(name => (name.endsWith('.so') ? [name.slice(0, -3)] : [])));
}

interface Loaded {
  readonly findings: readonly Finding[];
  readonly usable: boolean;
  readonly entries: number;
}

/** Feeds the export to slapadd, which goes on after errors so that all of them are known, and reads it on the way. */
async function load(run: Run, { compression }: LdifHandle, suffix: string): Promise<Loaded> {
  const { target, folder, stop } = run;
  const scan = new LdifScan(suffix);
  const errors = new SlapaddErrors();
  const cut = lines(line => errors.hear(line));
  const command = { file: SLAPADD, args: ['-c', '-n', '1', '-F', CONFIG_AT], mounts: directoryMounts(folder), env: { LC_ALL: 'C' } };
  const program = new FedProgram(
    (stdin, signal) =>
      target.jail.run({ ...command, stdin, stderr: cut.chunk, stdout: (): undefined => undefined }, signal).finally(() => cut.end()),
    stop,
  );
  let first = true;
  const opening = await readScript(run, { file: STAGED_FILE, compression }, async chunk => {
    scan.push(chunk);
    if (scan.foreign !== undefined) return false;
    await program.write(first ? withoutVersion(chunk) : chunk);
    first = false;
    return !program.over();
  });
  scan.finish();
  const result = await program.end(scan.foreign !== undefined);
  return judged({ scan, errors, opening, result, hit: target.jail.limitHit() });
}

/** Other tools than slapcat write the version of LDIF before the first entry; slapadd would take both for one. */
function withoutVersion(chunk: Buffer): Buffer {
  const [head, before = ''] = /^((?:#[^\n]*\n|\r?\n)*)version: *1\r?\n/.exec(chunk.toString('latin1')) ?? [];
  return head === undefined ? chunk : Buffer.concat([Buffer.from(before, 'latin1'), chunk.subarray(head.length)]);
}

interface Ended {
  readonly scan: LdifScan;
  readonly errors: SlapaddErrors;
  /** What went wrong with the compression. */
  readonly opening: readonly Finding[];
  readonly result: ToolResult;
  readonly hit: LimitHit | undefined;
}

function judged({ scan, errors, opening, result, hit }: Ended): Loaded {
  const { entries, foreign } = scan;
  const broken = brokenBy(errors.diskFull ? 'disk' : hit);
  if (broken !== undefined) return { findings: [broken], usable: false, entries };
  if (foreign !== undefined) return { findings: [reachesOut(foreign)], usable: false, entries };
  // 0 even after errors that it was told to go on after; 1 if entries could not be put in.
  const known = result.exitCode === 0 || (result.exitCode === 1 && errors.faults.size + errors.missing > 0);
  const findings = [...opening, ...ofText(scan, opening.length > 0), ...errors.findings(), ...above(scan, errors)];
  return { findings: known ? findings : [...findings, unknownExit('slapadd', result)], usable: known && entries > 0, entries };
}

/** What the text itself shows; what was cut while it was opened is said by the opener. */
function ofText(scan: LdifScan, opened: boolean): readonly Finding[] {
  return [
    ...(scan.cut && !opened ? [finding('restore.truncated', 'failed', { probe: PROBE })] : []),
    ...(scan.unsound > 0
      ? [finding('restore.values-unreadable', 'failed', { probe: PROBE, unit: 'values', expected: 0, observed: scan.unsound })]
      : []),
    ...(scan.odd > 0 && !scan.cut ? [finding('restore.corrupt', 'failed', { probe: PROBE })] : []),
    ...(scan.entries === 0 ? [finding('restore.no-entries', 'failed', { probe: PROBE })] : []),
  ];
}

function above({ hasSuffix, entries }: LdifScan, { missing }: SlapaddErrors): readonly Finding[] {
  if (entries > 0 && !hasSuffix) return [finding('restore.suffix-missing', 'failed', { probe: PROBE })];
  return missing === 0
    ? []
    : [finding('restore.parents-missing', 'failed', { probe: PROBE, unit: 'entries', expected: 0, observed: missing })];
}

function reachesOut(foreign: NonNullable<LdifScan['foreign']>): Finding {
  if (foreign === 'changetype') return finding('restore.unexpected-command', 'failed', { probe: PROBE });
  return finding('restore.runs-programs', 'failed', { probe: PROBE, object: foreign });
}
