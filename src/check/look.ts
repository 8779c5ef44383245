import type { Looked } from '../backup/backup-check.ts';
import type { BackupTool, StoreAccess } from '../backup/backup.ts';
import type { BackupSection } from '../plan/plan.ts';
import { isHinted } from '../system/hinted.ts';
import { timeLimit } from '../system/time-limit.ts';
import type { CheckTools } from './tools.ts';

/** A store that does not answer for so long cannot be looked at; the next check tries again. */
const LIMIT_MS = 10 * 60_000;

/** Lists a component's store with the credentials that its plan names. Never rejects: what could not be done is an answer. */
export async function look(section: BackupSection, stop: AbortSignal, tools: CheckTools): Promise<Looked> {
  const tool = tools.backup.get(section.tool);
  if (tool === undefined) return { couldNot: 'tool-missing' };
  const told = await within(async signal => tool.list(await accessTo(section, tool, tools), signal), stop, tools);
  return 'value' in told ? told.value : told;
}

/** What an adapter gave, or the code of why it could not. Never rejects. */
export async function within<T>(
  work: (signal: AbortSignal) => Promise<T>,
  stop: AbortSignal,
  tools: CheckTools,
): Promise<{ readonly value: T } | { readonly couldNot: string }> {
  const limit = timeLimit(LIMIT_MS);
  try {
    return { value: await Promise.race([work(AbortSignal.any([stop, limit])), rejectedAt(limit)]) };
  } catch (error) {
    return { couldNot: limit.aborted ? 'time-limit' : codeOf(error, tools) };
  }
}

/** What an adapter needs to reach a component's store, with its secrets. */
export async function accessTo(section: BackupSection, tool: BackupTool, tools: CheckTools): Promise<StoreAccess> {
  const env: Record<string, string> = {};
  for (const [name, reference] of Object.entries(tool.reach(section).secrets)) env[name] = await tools.secret(reference);
  return { section, env, pseudonym: text => tools.pseudonym(text), now: () => tools.now() };
}

/** For an adapter that does not hear the signal. */
function rejectedAt(limit: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    limit.addEventListener('abort', () => reject(new Error('no answer within the time limit')), { once: true });
  });
}

/** The text of an unknown error may hold a file name: it goes to the log of a person, its kind into the evidence. */
function codeOf(error: unknown, tools: CheckTools): string {
  if (isHinted(error)) {
    tools.explain(error.message, error.hint);
    return error.code;
  }
  tools.explain(
    error instanceof Error ? (error.stack ?? error.message) : String(error),
    'This is a defect of Resurgam: please report it with this text.',
  );
  return 'broke';
}
