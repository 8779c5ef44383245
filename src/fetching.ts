import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { all } from './backup/all.ts';
import {
  BackupError,
  type BackupErrorCode,
  type BackupTool,
  type FetchPlace,
  type PartRead,
  type Progress,
  type RecoveryPoint,
  type Staged,
} from './backup/backup.ts';
import type { BackupSection } from './plan/plan.ts';

/** What the drill writes to the standard input of the first jail: one JSON object. The credentials are in the environment. */
export interface FetchRequest {
  /** Name of the backup tool. */
  readonly tool: string;
  readonly point: RecoveryPoint;
  readonly section: BackupSection;
  /** The only folder that may be written. */
  readonly staging: string;
  /** Instead of fetching the point: read the next part of the store, after what an earlier drill read. */
  readonly readPart?: { readonly before: Readonly<Record<string, unknown>> | null };
}

/** What it answers, one JSON object per line: progress now and then, at the end exactly one `staged`, `read` or `error`. */
export type FetchAnswer =
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'staged'; readonly staged: Staged }
  | { readonly type: 'read'; readonly read: PartRead }
  | { readonly type: 'error'; readonly code: BackupErrorCode; readonly message: string; readonly hint: string };

/** The process of the first jail may speak so often of its progress. */
const PROGRESS_MS = 100;

/** Fetches as asked; never rejects: whatever happens is an answer. */
export async function answerFetch(
  input: string,
  tools: readonly BackupTool[],
  at: { stop: AbortSignal; say(answer: FetchAnswer): void },
): Promise<boolean> {
  try {
    const request = JSON.parse(input) as FetchRequest;
    const tool = tools.find(known => known.name === request.tool);
    if (tool === undefined) throw new BackupError('tool-missing', `no backup tool ${request.tool}`, { hint: 'Report this.' });
    const place = { store: accessOf(request), staging: request.staging, progress: paced(answer => at.say(answer)) };
    at.say(await answerOf(tool, { request, place }, at.stop));
    return true;
  } catch (error) {
    at.say({ type: 'error', ...asAnswer(error, at.stop) });
    return false;
  }
}

async function answerOf(
  tool: BackupTool,
  { request, place }: { readonly request: FetchRequest; readonly place: FetchPlace },
  stop: AbortSignal,
): Promise<FetchAnswer> {
  const { point, readPart } = request;
  if (readPart === undefined) return { type: 'staged', staged: await tool.fetch(point, place, stop) };
  if (tool.readPart === undefined)
    throw new BackupError('tool-failed', `${tool.name} reads no parts of its store`, { hint: 'Report this.' });
  return { type: 'read', read: await tool.readPart(point, { ...place, before: readPart.before ?? undefined }, stop) };
}

/** Names are turned into tokens when a store is listed, outside: the key for that is not in the jail. */
function accessOf(request: FetchRequest): Parameters<BackupTool['fetch']>[1]['store'] {
  return {
    section: request.section,
    env: Object.fromEntries(Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))),
    pseudonym: () => {
      throw new BackupError('tool-failed', 'names cannot be turned into tokens while fetching', { hint: 'Report this.' });
    },
    now: () => new Date().toISOString(),
  };
}

function paced(say: (answer: FetchAnswer) => void): (progress: Progress) => void {
  let last = -Infinity;
  return progress => {
    const now = performance.now();
    if (now - last < PROGRESS_MS && progress.doneBytes !== progress.totalBytes) return;
    last = now;
    say({ type: 'progress', progress });
  };
}

function asAnswer(error: unknown, stop: AbortSignal): { code: BackupErrorCode; message: string; hint: string } {
  if (error instanceof BackupError) return { code: error.code, message: error.message, hint: error.hint };
  if (stop.aborted)
    return { code: 'stopped', message: 'stopped while fetching', hint: 'Start the drill again: it continues where it was.' };
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') {
    return {
      code: 'staging-full',
      message: 'no space left for the staged backup',
      hint: 'Free disk space below RESURGAM_HOME, or raise limits.disk in the plan.',
    };
  }
  // The text of an unknown error may hold a file name: its kind must do.
  const kind = error instanceof Error ? `${error.name} ${code}`.trim() : typeof error;
  return { code: 'tool-failed', message: `fetching broke (${kind})`, hint: 'This is a defect of Resurgam: please report it.' };
}

async function main(): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  const say = (answer: FetchAnswer): void => void process.stdout.write(`${JSON.stringify(answer)}\n`);
  const fetched = await answerFetch(await text(process.stdin), all, { stop: stop.signal, say });
  process.exitCode = fetched ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
