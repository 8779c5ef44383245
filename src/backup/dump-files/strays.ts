import { finding, type Finding, type FindingCode, type Outcome } from '../../finding/finding.ts';
import { BackupError } from '../backup.ts';
import type { Stored } from './growing.ts';

/** Something that ought to have been a backup and is none. */
export interface Stray {
  readonly code: FindingCode;
  readonly outcome: Outcome;
  readonly modifiedAt: string;
  readonly object?: string;
  /** Instead of how many files there are. */
  readonly expected?: number;
  readonly observed?: number;
}

/** A file with a temporary name that was written to so lately is a backup in the making. */
const IN_PROGRESS_MS = 5 * 60_000;

interface Making {
  readonly seen: readonly { readonly artefact: Stored & { readonly partial: boolean } }[];
  readonly growing: ReadonlySet<Stored>;
  readonly now: string;
}

/** A healthy job writes under another name and renames at the end: worth a word, no more. */
export function making({ seen, growing, now }: Making): readonly Finding[] {
  const made = seen.filter(({ artefact }) => growing.has(artefact) || (artefact.partial && isRecent(artefact, now)));
  return inProgress(made.length, 'files');
}

export function inProgress(observed: number, unit: string): readonly Finding[] {
  return observed === 0 ? [] : [finding('backup.in-progress', 'skipped', { probe: 'backup', required: false, unit, observed })];
}

export function isRecent(stored: Pick<Stored, 'modifiedAt'>, now: string): boolean {
  return Date.parse(now) - Date.parse(stored.modifiedAt) < IN_PROGRESS_MS;
}

/**
 * One finding per code. If such a thing is newer than every usable dump, the newest backup would not have come back, whatever an older
 * one does: the finding is required. Older rubbish is a note.
 */
export function findingsOfStrays(bad: readonly Stray[], dumps: readonly Pick<Stored, 'modifiedAt'>[]): readonly Finding[] {
  const newest = dumps.reduce((latest, { modifiedAt }) => (modifiedAt > latest ? modifiedAt : latest), '');
  const kinds = new Map<string, Stray[]>();
  for (const one of bad) kinds.set(`${one.code} ${one.object ?? ''}`, [...(kinds.get(`${one.code} ${one.object ?? ''}`) ?? []), one]);
  return [...kinds.values()].map(same => {
    const newer = same.filter(one => one.modifiedAt > newest);
    const [first] = newer.length > 0 ? newer : same;
    const required = newer.length > 0;
    return finding(first?.code ?? 'backup.not-a-dump', first?.outcome ?? 'failed', {
      probe: 'backup',
      required,
      object: first?.object ?? null,
      ...(first?.observed === undefined
        ? { unit: 'files', expected: 0, observed: required ? newer.length : same.length }
        : { expected: first.expected ?? null, observed: first.observed }),
    });
  });
}

/** With no point, and things there that could not be opened, nobody can say that there is no backup: that is "could not", not "failed". */
export function throwIfUntold(findings: readonly Finding[]): void {
  if (findings.some(found => found.outcome === 'failed') || !findings.some(found => found.outcome === 'inconclusive')) return;
  throw new BackupError('store-unreadable', 'what lies in the backup store could not be opened', {
    hint: 'Let the user who runs Resurgam read the files; encrypted files and bzip2 cannot be opened here.',
  });
}
