import { BackupError } from '../backup.ts';
import type { Snapshot } from '../snapshot.ts';
import { errorsOf, failureOf } from './failure.ts';
import { repositoryOf, startBorg, type Repository } from './run.ts';

export interface BorgArchive extends Snapshot {
  readonly name: string;
  readonly availableAt: string;
}

export interface Archives {
  readonly all: readonly BorgArchive[];
  readonly encrypted: boolean;
  /** The repository's own id. */
  readonly repository: string;
}

/** Errors of borg that say that bytes are bad. */
const DAMAGE = [
  'IntegrityError',
  'Repository.ObjectNotFound',
  'Repository.InvalidRepository',
  'Repository.CheckNeeded',
  'InvalidRepositoryConfig',
];

/** A segment that is gone borg does not expect: it breaks. */
const SEGMENT_GONE = /FileNotFoundError: [^\n]*\/data\/\d+\/\d+'/;

export function isDamage(stderr: string): boolean {
  if (SEGMENT_GONE.test(stderr)) return true;
  const errors = errorsOf(stderr);
  return errors.some(name => DAMAGE.some(known => name === known || name === known.replace(/^.*\./, '')));
}

/** What cannot even be listed because its bytes are bad. */
export class DamagedRepository extends Error {
  override readonly name = 'DamagedRepository';
  readonly lacksKey: boolean;
  constructor(lacksKey: boolean) {
    super(lacksKey ? 'the repository has lost its key' : 'the repository cannot be listed');
    this.lacksKey = lacksKey;
  }
}

/** Every archive of the repository. Throws BackupError, or DamagedRepository. */
export async function archivesOf(at: Repository, stop: AbortSignal): Promise<Archives> {
  const args = ['list', '--json', '--format', '{hostname}{end}', repositoryOf(at.access)];
  const ran = await startBorg(at, { args }, stop).ended;
  const lacksKey = errorsOf(ran.stderr).includes('RepoKeyNotFoundError');
  if (ran.exitCode === 2 && (lacksKey || isDamage(ran.stderr))) throw new DamagedRepository(lacksKey);
  const failure = failureOf(ran, 'listing the archives');
  if (failure !== undefined) throw failure;
  const said = parsed(ran.stdout);
  const mode = said.encryption?.mode ?? 'none';
  return {
    all: (said.archives ?? []).flatMap(archiveOf),
    encrypted: mode !== 'none' && !mode.startsWith('authenticated'),
    repository: said.repository?.id ?? '',
  };
}

interface Said {
  readonly archives?: readonly Readonly<Record<string, unknown>>[];
  readonly encryption?: { readonly mode?: string };
  readonly repository?: { readonly id?: string };
}

function parsed(text: string): Said {
  try {
    return JSON.parse(text) as Said;
  } catch (cause) {
    throw new BackupError('tool-failed', 'borg printed no list of archives', { hint: 'Run `borg list --json` by hand.', cause });
  }
}

/** Times have no zone: borg was asked in UTC. */
function archiveOf({ name, id, hostname, start, end }: Readonly<Record<string, unknown>>): readonly BorgArchive[] {
  const moment = (text: unknown): string | undefined => {
    const ms = Date.parse(`${String(text)}Z`);
    return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
  };
  const startedAt = moment(start);
  if (typeof name !== 'string' || typeof id !== 'string' || startedAt === undefined) return [];
  const ended = moment(end) ?? startedAt;
  return [{ name, id, startedAt, availableAt: ended < startedAt ? startedAt : ended, host: String(hostname), tags: [], paths: null }];
}
