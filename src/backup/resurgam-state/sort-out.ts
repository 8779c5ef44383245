import { basename } from 'node:path';
import { finding, type Finding } from '../../finding/finding.ts';
import type { Entry } from './entry.ts';
import type { Seen } from './look.ts';
import { findingOfFault } from './whole.ts';

/** A file with a temporary name that was written to so lately is a backup in the making. */
const IN_PROGRESS_MS = 5 * 60_000;

/** `resurgam state backup` writes under a hidden name and renames at the end; so do those who copy. */
export function isUnfinished({ key }: Entry): boolean {
  return /\.(?:tmp|part|partial|filepart)$/i.test(key) || /^\..+\.[A-Za-z0-9]{6}$/.test(basename(key));
}

/** By its name only this is asked: was it meant to be such a backup? Other files may lie in the same folder. */
const MEANT = /\.jsonl(?:\.gz)?$/i;

interface Bad {
  readonly found: Finding;
  readonly modifiedAt: string;
}

/**
 * What ought to have been a backup and is none. If it is newer than every backup, the newest one would not have come back, whatever an older one does:
 * then it is required. Older rubbish is a note.
 */
export function sortOut(of: {
  readonly seen: readonly Seen[];
  readonly unfinished: readonly Entry[];
  readonly now: string;
}): readonly Finding[] {
  const backups = of.seen.filter(one => one.is === 'backup').map(({ entry }) => entry);
  const newest = backups.reduce((latest, { modifiedAt }) => (modifiedAt > latest ? modifiedAt : latest), '');
  const shapes = new Set(backups.map(({ key }) => shapeOf(key)));
  const meant = of.seen.filter(
    ({ entry: { key } }) => backups.length === 0 || MEANT.test(key) || shapes.has(shapeOf(key)) || key.endsWith('/'),
  );
  const recent = of.unfinished.filter(({ modifiedAt }) => Date.parse(of.now) - Date.parse(modifiedAt) < IN_PROGRESS_MS);
  const left = of.unfinished.filter(entry => !recent.includes(entry));
  const bad = [
    ...meant.flatMap(badOf),
    ...left.map(({ modifiedAt }) => ({ found: finding('backup.newer-incomplete', 'failed', { probe: 'backup' }), modifiedAt })),
  ];
  const making = recent.length === 0 ? [] : [inProgress(recent.length)];
  return [...judged(bad, newest), ...making];
}

function inProgress(files: number): Finding {
  return finding('backup.in-progress', 'skipped', { probe: 'backup', required: false, unit: 'files', observed: files });
}

function badOf(seen: Seen): readonly Bad[] {
  const { modifiedAt } = seen.entry;
  if (seen.is === 'empty') return [{ found: finding('backup.empty', 'failed', { probe: 'backup' }), modifiedAt }];
  if (seen.is === 'unreadable') return [{ found: finding('backup.unreadable', 'inconclusive', { probe: 'backup' }), modifiedAt }];
  return seen.is === 'bad' ? [{ found: findingOfFault(seen.fault), modifiedAt }] : [];
}

/** One finding per code. */
function judged(bad: readonly Bad[], newest: string): readonly Finding[] {
  const codes = [...new Set(bad.map(({ found }) => found.code))];
  return codes.flatMap(code => {
    const same = bad.filter(({ found }) => found.code === code);
    const newer = same.filter(({ modifiedAt }) => modifiedAt > newest);
    const told = newer.length > 0 ? newer : same;
    const first = told[0]?.found;
    if (first === undefined) return [];
    const versions = { expected: first.expected, observed: first.observed };
    const facts = code === 'backup.newer-format' ? versions : { unit: 'files', expected: 0, observed: told.length };
    return [finding(code, first.outcome, { probe: 'backup', required: newer.length > 0, object: first.object, ...facts })];
  });
}

/** The same name of another day. */
function shapeOf(key: string): string {
  return basename(key).replaceAll(/\d+/g, '#');
}
