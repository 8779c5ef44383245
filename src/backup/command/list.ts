import { checkListing } from '../check.ts';
import { newestFirst } from '../choose.ts';
import { readOnlyCommand } from '../../system/read-only.ts';
import { runTool, type ToolResult } from '../../system/process.ts';
import { scrub } from '../../system/scrub.ts';
import { BackupError, type BackupErrorCode, type Listing, type RecoveryPoint, type StoreAccess } from '../backup.ts';
import { listIn, type SaidPoint } from './contract.ts';
import { endOf, NOT_REACHED } from './heard.ts';
import { readOptions } from './options.ts';
import { settingOf } from './setting.ts';

const LIST_MS = 10 * 60_000;
const KEEP_BYTES = 32 << 20;
const ID_LENGTH = 16;

/** Asks the plan's own `list` for the recovery points. It cannot write anything; what it starts ends with it. */
export async function list(access: StoreAccess, stop: AbortSignal): Promise<Listing> {
  const options = readOptions(access.section);
  const command = {
    ...readOnlyCommand(options.list),
    env: settingOf(access.env),
    timeLimitMs: options.patience ?? LIST_MS,
    keepBytes: KEEP_BYTES,
  };
  const result = await runTool(command, stop);
  if (result.stopped) throw new BackupError('stopped', 'listing was stopped', { hint: 'Start the drill again.' });
  if (result.exitCode !== 0) throw notListed(result, access);
  if (result.droppedBytes > 0)
    throw new BackupError('tool-failed', 'the command `list` printed more than 32 MiB', { hint: 'Let it list less.' });
  const said = listIn(result.stdout);
  const points = newestFirst(said.points.map(point => pointOf(point, access)));
  const twice = points.length - new Set(points.map(({ id }) => id)).size;
  if (twice > 0)
    throw new BackupError('tool-failed', `the command \`list\` gave ${twice} recovery points an id of another one`, {
      hint: 'Give each its own id.',
    });
  return {
    points,
    looked: Math.max(said.looked ?? 0, points.length),
    findings: [...checkListing({ section: access.section, points, now: access.now() })],
  };
}

/** What it printed last on standard error helps whoever wrote it. Secrets of its environment are taken out. */
function notListed(result: ToolResult, access: StoreAccess): BackupError {
  const last = scrub(result.stderr, access.env, true).trimEnd().split('\n').at(-1)?.slice(0, 300) ?? '';
  const said = last === '' ? '' : ` It said: ${last}`;
  const hint = `Run the command \`list\` of the plan by hand.${said}`;
  return new BackupError(codeOf(result), `the command \`list\` ${endOf(result)}`, { hint });
}

function pointOf(said: SaidPoint, access: StoreAccess): RecoveryPoint {
  const { id, consistentAt, availableAt, bytes, kind, encrypted, lockedUntil, needs, handle } = said;
  return {
    id: `command-${new Date(consistentAt ?? availableAt).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}-${access.pseudonym(id).slice(0, ID_LENGTH)}`,
    ...{ tool: 'command', kind, bytes, encrypted, needs, sha256: null },
    consistentAt: consistentAt === null ? null : new Date(consistentAt).toISOString(),
    // A tool that we do not know says it: nobody has looked into the bytes.
    consistentBasis: consistentAt === null ? 'not-tested' : 'declared',
    availableAt: new Date(availableAt).toISOString(),
    lockedUntil: lockedUntil === null ? null : new Date(lockedUntil).toISOString(),
    location: readOptions(access.section).list[0],
    handle: { id, handle },
  };
}

/** Bubblewrap says so itself when a program cannot be started. */
function codeOf({ exitCode, signal, stderr }: ToolResult): BackupErrorCode {
  if ((exitCode === undefined && signal === undefined) || stderr.startsWith('bwrap: execvp')) return 'tool-missing';
  return exitCode === NOT_REACHED ? 'store-unreadable' : 'tool-failed';
}
