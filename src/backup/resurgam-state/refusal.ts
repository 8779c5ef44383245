import { finding, type Finding, type FindingCode } from '../../finding/finding.ts';
import { BackupError } from '../backup.ts';
import { throwIfStopped } from './entry.ts';
import { BY_LIMIT } from '../limit.ts';
import type { RestoreTarget } from '../target.ts';

const BY_STATE: Readonly<Record<string, FindingCode>> = { '53100': 'restore.sandbox-disk-full', '53200': 'restore.out-of-memory' };

/** A statement that the restored server did not take, or did not answer. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly found: Finding;
  constructor(found: Finding, cause: unknown) {
    super(found.code, { cause });
    this.found = found;
  }
}

/** One statement of ours. Rejects with Refused; with BackupError `stopped` if a person or a limit ended the drill. */
export async function asked(
  target: RestoreTarget,
  statement: { readonly text: string; readonly values?: readonly unknown[]; readonly of: string },
  stop: AbortSignal,
): ReturnType<NonNullable<RestoreTarget['server']>['sql']> {
  if (target.server === undefined)
    throw new BackupError('tool-failed', 'there is no server to restore into', { hint: 'Report this: a server is prepared first.' });
  throwIfStopped(stop);
  try {
    return await target.server.sql(statement.text, statement.values);
  } catch (cause) {
    throwIfStopped(stop);
    throw new Refused(findingOf(cause, target, statement.of), cause);
  }
}

/** A limit of ours that bit or a server that ended says nothing about the backup; a row that the server does not take does. */
function findingOf(cause: unknown, { jail, server }: RestoreTarget, object: string): Finding {
  const state = cause instanceof Error && 'sqlState' in cause && typeof cause.sqlState === 'string' ? cause.sqlState : null;
  const limit = jail.limitHit();
  const ours = limit === undefined ? BY_STATE[state ?? ''] : BY_LIMIT[limit];
  if (ours !== undefined) return finding(ours, 'inconclusive', { probe: 'restore' });
  if (state === null || state.startsWith('57') || server?.alive() !== true)
    return finding(server?.alive() === true ? 'restore.time-limit' : 'restore.server-died', 'inconclusive', { probe: 'restore' });
  return finding('restore.errors', 'failed', { probe: 'restore', object, unit: `SQLSTATE ${state}`, expected: 0, observed: 1 });
}
