import { BackupError, type PartRead, type Staged } from '../backup/backup.ts';
import type { FetchAnswer, FetchRequest } from '../fetching.ts';
import { SandboxError } from '../sandbox/sandbox.ts';
import { progressOf, type ComponentRun, type DrillRun } from './run.ts';
import { storeAccess } from './select.ts';

/**
 * The fetch as a process of its own in the first jail: network and credentials if the store needs them, and nowhere to write but the
 * staging folder. Its answers are lines of JSON on standard output. Throws BackupError as the adapter in the jail did.
 */
export async function fetchInJail(run: DrillRun, one: ComponentRun): Promise<Staged> {
  const answer = await askInJail(run, one, {});
  if (answer.type === 'staged') return answer.staged;
  throw new Error(`asked to fetch, the first jail answered ${answer.type}`);
}

/** In the same jail: the next part of the store, as `BackupTool.readPart` reads it. */
export async function readPartInJail(run: DrillRun, one: ComponentRun): Promise<PartRead> {
  const answer = await askInJail(run, one, { readPart: { before: one.baseline?.[STORE] ?? null } });
  if (answer.type === 'read') return answer.read;
  throw new Error(`asked to read a part, the first jail answered ${answer.type}`);
}

/** Under this name the facts of a store are kept beside those of the probes. */
export const STORE = 'store';

type Asked = Pick<FetchRequest, 'readPart'>;

async function askInJail(run: DrillRun, one: ComponentRun, asked: Asked): Promise<FetchAnswer> {
  const { tool, sandbox, point, component } = one;
  if (tool === undefined || sandbox === undefined || point === undefined || component.backup === null) throw new Error('nothing to fetch');
  const reach = tool.reach(component.backup);
  const access = await storeAccess(run, one);
  const request: FetchRequest = { tool: tool.name, point, section: component.backup, staging: sandbox.staging, ...asked };
  let answer: FetchAnswer | undefined;
  const command = {
    ...run.tools.fetching,
    env: { ...access.env },
    stdin: JSON.stringify(request),
    visible: reach.paths,
    network: reach.network,
    timeLimitMs: run.limits.timeMs,
    onLine: (line: string): void => {
      const said = JSON.parse(line) as FetchAnswer;
      if (said.type === 'progress') progressOf(run)(said.progress);
      else answer = said;
    },
  };
  const ended = await sandbox.fetchJail(command, run.stop);
  return endOf(answer, { ended, limitHit: sandbox.jail.limitHit() });
}

interface Ended {
  readonly ended: { readonly exitCode: number | undefined; readonly timedOut: boolean };
  readonly limitHit: string | undefined;
}

function endOf(answer: FetchAnswer | undefined, { ended, limitHit }: Ended): FetchAnswer {
  if (answer !== undefined && answer.type !== 'error' && ended.exitCode === 0) return answer;
  if (answer?.type === 'error') throw new BackupError(answer.code, answer.message, { hint: answer.hint });
  if (limitHit === 'disk') {
    const hint = 'Raise limits.disk in the plan, or free disk space below RESURGAM_HOME.';
    throw new BackupError('staging-full', 'the disk limit of the sandbox was reached while fetching', { hint });
  }
  const how = ended.timedOut ? 'reached its time limit' : `ended with ${ended.exitCode ?? 'a signal'} before it had an answer`;
  throw new SandboxError('broke', `the fetching process ${how}`, { hint: 'Run the drill again; raise limits.memory if it happens again.' });
}
