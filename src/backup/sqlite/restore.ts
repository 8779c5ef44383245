import { join } from 'node:path';
import { finding, type Finding } from '../../finding/finding.ts';
import { exists, rename, rm } from '../../system/files.ts';
import { openFileSource } from '../../system/range.ts';
import { BackupError, type Restored, type Staged } from '../backup.ts';
import { wrappingOf, type OuterCompression } from '../dump-files/wrapping.ts';
import { OPENERS, openingTrouble } from '../opening.ts';
import { couldNot } from '../restored-cluster.ts';
import { COMPANIONS, restoredName, type Companion, type SqliteLayout } from '../sqlite-files.ts';
import type { RestoreTarget } from '../target.ts';
import { checkParts } from './parts.ts';

const STAGED_AT = '/staged';
const RESTORED_AT = '/restored';
/** Where an index of the log lies until it was looked at: SQLite makes its own. */
const INDEX = 'log-index';
const NAMES = { entry: restoredName('main'), wal: restoredName('wal'), shm: INDEX, journal: restoredName('journal') };
const PLACES: Readonly<Record<string, string>> = { main: NAMES.entry, wal: NAMES.wal, shm: NAMES.shm, journal: NAMES.journal };

interface Handle {
  readonly parts: readonly string[];
  readonly wrapped: readonly string[];
  readonly demands: { readonly wal: boolean };
  readonly writer: number;
}

/** Puts the database and its log side by side under names of ours; what is compressed is opened in the jail. Bad bytes are findings. */
export async function restore(staged: Staged, target: RestoreTarget, stop: AbortSignal): Promise<Restored> {
  const { folder } = target;
  if (folder === undefined) throw new BackupError('tool-failed', 'there is no folder to restore into', { hint: 'Report this.' });
  const { parts, wrapped, demands, writer } = staged.handle as unknown as Handle;
  const findings: Finding[] = [];
  // Plain parts lie in the drill's own folder already: no byte is copied twice.
  for (const part of parts) {
    if (stop.aborted) throw new BackupError('stopped', 'the restore was stopped', { hint: 'Run the drill again.' });
    if (!wrapped.includes(part)) await rename(join(staged.folder, part), join(folder, PLACES[part] ?? part));
    else findings.push(...(await open(part, { staged, target, folder }, stop)));
  }
  await target.jail.own(folder);
  if (wrapped.length > 0 && findings.length === 0) findings.push(...(await checkParts(folder, demands, NAMES)));
  await rm(join(folder, INDEX), { force: true });
  const isBad = findings.some(({ required, outcome }) => required && outcome !== 'passed');
  const beside: Companion[] = [];
  for (const part of COMPANIONS) if (await exists(join(folder, restoredName(part)))) beside.push(part);
  return {
    findings: isBad ? findings : [finding('restore.ok', 'passed', { probe: 'restore' }), ...findings],
    tools: [],
    usable: !isBad,
    says: {},
    layout: { writer, beside } satisfies SqliteLayout,
  };
}

interface Opening {
  readonly staged: Staged;
  readonly target: RestoreTarget;
  readonly folder: string;
}

async function open(part: string, { staged, target, folder }: Opening, stop: AbortSignal): Promise<readonly Finding[]> {
  const compression = await compressionOf(join(staged.folder, part));
  const script = ['-c', 'from=$1 to=$2; shift 2; exec "$@" < "$from" > "$to"', 'sh', `${STAGED_AT}/${part}`];
  const result = await target.jail.run(
    {
      ...{ file: '/bin/sh', args: [...script, `${RESTORED_AT}/${PLACES[part] ?? part}`, ...OPENERS[compression]], env: { LC_ALL: 'C' } },
      mounts: [
        { from: staged.folder, at: STAGED_AT },
        { from: folder, at: RESTORED_AT, write: true },
      ],
    },
    stop,
  );
  target.toolLog(compression, result.stderr);
  const hit = target.jail.limitHit();
  if (result.stopped || hit !== undefined) throw couldNot('the backup could not be opened', { result, hit });
  const trouble = openingTrouble(compression, result);
  return trouble === undefined ? [] : [trouble];
}

async function compressionOf(file: string): Promise<Exclude<OuterCompression, 'none'>> {
  await using source = await openFileSource(file);
  const wrapping = wrappingOf(await source.read(0, 6));
  if (wrapping === 'none' || wrapping === 'other') throw new Error('a part that was compressed is not any more');
  return wrapping;
}
