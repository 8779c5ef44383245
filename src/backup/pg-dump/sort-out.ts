import type { Finding } from '../../finding/finding.ts';
import type { BackupSection } from '../../plan/plan.ts';
import { shapeOf } from '../dump-files/file-name.ts';
import { findingsOfStrays, isRecent, making, type Stray } from '../dump-files/strays.ts';
import type { Artefact } from './artefact.ts';
import { rightDatabase } from './database.ts';
import type { Seen, SeenDump } from './look.ts';
import { readOptions } from './options.ts';
import type { Entry } from '../dump-files/store.ts';

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

/** Dumps, globals, and everything that ought to have been a dump and is none. */
export function sortOut(collected: Collected): Sorted {
  const whole = collected.seen.filter(({ artefact }) => !artefact.partial && !collected.growing.has(artefact));
  const all = whole.flatMap(({ artefact, sniffed }) => (sniffed.kind === 'dump' ? [{ artefact, dump: sniffed }] : []));
  const { dumps, findings } = rightDatabase(all, readOptions(collected.section).database);
  const bad = [...unusable(whole, { dumps: all, section: collected.section }), ...partials(collected), ...refusedOnes(collected.refused)];
  return {
    dumps,
    globals: whole.flatMap(({ artefact, sniffed }) => (sniffed.kind === 'globals' ? [artefact] : [])),
    findings: [
      ...findings,
      ...findingsOfStrays(
        bad,
        dumps.map(({ artefact }) => artefact),
      ),
      ...making(collected),
    ],
  };
}

/** By its name only this is asked: was it meant to be a dump? Other files may lie in the same folder. */
const MEANT = /\.(?:dump|dmp|pgdump|pg_dump|pgc|custom|backup|bak|sql|psql)(?:\.(?:gz|zst|zstd|lz4|xz|bz2|gpg|pgp|age|enc))*$/i;

function unusable(whole: readonly Seen[], known: { dumps: readonly SeenDump[]; section: BackupSection }): readonly Stray[] {
  const shapes = new Set(known.dumps.map(({ artefact }) => shapeOf(artefact.key)));
  const everything = known.dumps.length === 0 || readOptions(known.section).pattern !== undefined;
  return whole.flatMap(({ artefact, sniffed }): readonly Stray[] => {
    const { modifiedAt, key } = artefact;
    if (!everything && artefact.shape === 'file' && !MEANT.test(key) && !shapes.has(shapeOf(key))) return [];
    if (sniffed.kind === 'empty') return [{ code: 'backup.empty', outcome: 'failed', modifiedAt }];
    if (sniffed.kind === 'broken') return [{ code: 'backup.truncated', outcome: 'failed', modifiedAt }];
    if (sniffed.kind === 'other') return [{ code: 'backup.not-a-dump', outcome: 'failed', modifiedAt }];
    if (sniffed.kind === 'unsupported') return [{ code: 'backup.unsupported', outcome: 'inconclusive', modifiedAt, object: sniffed.what }];
    return sniffed.kind === 'unreadable' ? [{ code: 'backup.unreadable', outcome: 'inconclusive', modifiedAt }] : [];
  });
}

function partials({ seen, growing, now }: Collected): readonly Stray[] {
  return seen
    .filter(({ artefact }) => artefact.partial && !growing.has(artefact) && !isRecent(artefact, now))
    .map(({ artefact }) => ({ code: 'backup.newer-incomplete', outcome: 'failed', modifiedAt: artefact.modifiedAt }));
}

/** What may not be opened might be the newest backup: its age is not asked of a link or a folder that we cannot enter. */
function refusedOnes(refused: readonly Entry[]): readonly Stray[] {
  return refused
    .filter(entry => entry.refused === 'unreadable' || MEANT.test(entry.key))
    .map(({ modifiedAt }) => ({ code: 'backup.unreadable', outcome: 'inconclusive', modifiedAt }));
}
