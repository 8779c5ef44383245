import { finding, type Finding, type FindingCode, type Outcome } from '../../finding/finding.ts';
import type { BackupSection } from '../../plan/plan.ts';
import { shapeOf, type Artefact } from './artefact.ts';
import { rightDatabase } from './database.ts';
import type { Seen, SeenDump } from './look.ts';
import { readOptions } from './options.ts';
import type { Entry } from './store.ts';

/** What a listing is sorted out from. */
export interface Collected {
  readonly seen: readonly Seen[];
  readonly growing: ReadonlySet<Artefact>;
  readonly refused: readonly Entry[];
  readonly section: BackupSection;
  readonly now: string;
}

export interface Sorted {
  readonly dumps: readonly SeenDump[];
  readonly globals: readonly Artefact[];
  readonly findings: readonly Finding[];
}

/** A file with a temporary name that was written to so lately is a backup in the making. */
const IN_PROGRESS_MS = 5 * 60_000;

/** Dumps, globals, and everything that ought to have been a dump and is none. */
export function sortOut(collected: Collected): Sorted {
  const whole = collected.seen.filter(({ artefact }) => !artefact.partial && !collected.growing.has(artefact));
  const all = whole.flatMap(({ artefact, sniffed }) => (sniffed.kind === 'dump' ? [{ artefact, dump: sniffed }] : []));
  const { dumps, findings } = rightDatabase(all, readOptions(collected.section).database);
  const bad = [...unusable(whole, { dumps: all, section: collected.section }), ...partials(collected), ...refusedOnes(collected.refused)];
  return {
    dumps,
    globals: whole.flatMap(({ artefact, sniffed }) => (sniffed.kind === 'globals' ? [artefact] : [])),
    findings: [...findings, ...judge(bad, dumps), ...making(collected)],
  };
}

interface Bad {
  readonly code: FindingCode;
  readonly outcome: Outcome;
  readonly modifiedAt: string;
  readonly object?: string;
}

/** By its name only this is asked: was it meant to be a dump? Other files may lie in the same folder. */
const MEANT = /\.(?:dump|dmp|pgdump|pg_dump|pgc|custom|backup|bak|sql|psql)(?:\.(?:gz|zst|zstd|lz4|xz|bz2|gpg|pgp|age|enc))*$/i;

function unusable(whole: readonly Seen[], known: { dumps: readonly SeenDump[]; section: BackupSection }): readonly Bad[] {
  const shapes = new Set(known.dumps.map(({ artefact }) => shapeOf(artefact.key)));
  const everything = known.dumps.length === 0 || readOptions(known.section).pattern !== undefined;
  return whole.flatMap(({ artefact, sniffed }): readonly Bad[] => {
    const { modifiedAt, key } = artefact;
    if (!everything && artefact.shape === 'file' && !MEANT.test(key) && !shapes.has(shapeOf(key))) return [];
    if (sniffed.kind === 'empty') return [{ code: 'backup.empty', outcome: 'failed', modifiedAt }];
    if (sniffed.kind === 'broken') return [{ code: 'backup.truncated', outcome: 'failed', modifiedAt }];
    if (sniffed.kind === 'other') return [{ code: 'backup.not-a-dump', outcome: 'failed', modifiedAt }];
    if (sniffed.kind === 'unsupported') return [{ code: 'backup.unsupported', outcome: 'inconclusive', modifiedAt, object: sniffed.what }];
    return sniffed.kind === 'unreadable' ? [{ code: 'backup.unreadable', outcome: 'inconclusive', modifiedAt }] : [];
  });
}

function partials({ seen, growing, now }: Collected): readonly Bad[] {
  return seen
    .filter(({ artefact }) => artefact.partial && !growing.has(artefact) && !isRecent(artefact, now))
    .map(({ artefact }) => ({ code: 'backup.newer-incomplete', outcome: 'failed', modifiedAt: artefact.modifiedAt }));
}

/** What may not be opened might be the newest backup: its age is not asked of a link or a folder that we cannot enter. */
function refusedOnes(refused: readonly Entry[]): readonly Bad[] {
  return refused
    .filter(entry => entry.refused === 'unreadable' || MEANT.test(entry.key))
    .map(({ modifiedAt }) => ({ code: 'backup.unreadable', outcome: 'inconclusive', modifiedAt }));
}

/** A healthy job writes under another name and renames at the end: worth a word, no more. */
function making({ seen, growing, now }: Collected): readonly Finding[] {
  const made = seen.filter(({ artefact }) => growing.has(artefact) || (artefact.partial && isRecent(artefact, now)));
  if (made.length === 0) return [];
  return [finding('backup.in-progress', 'skipped', { probe: 'backup', required: false, unit: 'files', observed: made.length })];
}

function isRecent(artefact: Artefact, now: string): boolean {
  return Date.parse(now) - Date.parse(artefact.modifiedAt) < IN_PROGRESS_MS;
}

/**
 * One finding per code. If such a thing is newer than every usable dump, the newest backup would not have come back, whatever an older
 * one does: the finding is required. Older rubbish is a note.
 */
function judge(bad: readonly Bad[], dumps: readonly SeenDump[]): readonly Finding[] {
  const newest = dumps.reduce((latest, { artefact }) => (artefact.modifiedAt > latest ? artefact.modifiedAt : latest), '');
  const kinds = new Map<string, Bad[]>();
  for (const one of bad) kinds.set(`${one.code} ${one.object ?? ''}`, [...(kinds.get(`${one.code} ${one.object ?? ''}`) ?? []), one]);
  return [...kinds.values()].map(same => {
    const newer = same.filter(one => one.modifiedAt > newest);
    const [first] = newer.length > 0 ? newer : same;
    const required = newer.length > 0;
    return finding(first?.code ?? 'backup.not-a-dump', first?.outcome ?? 'failed', {
      probe: 'backup',
      required,
      object: first?.object ?? null,
      unit: 'files',
      expected: 0,
      observed: required ? newer.length : same.length,
    });
  });
}
