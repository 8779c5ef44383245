import { join } from 'node:path';
import { z } from 'zod';
import { privateFolder, safeName, type Home } from '../store/home.ts';
import { isCode, readFile, writeDurably } from '../system/files.ts';
import { RecoveryError } from './error.ts';

/** What came back, as those that need it or ask it must know it. */
const Brought = z.strictObject({
  /** Of a server: its user for us, and which of its databases is meant. */
  server: z.strictObject({ user: z.string(), database: z.string() }).nullable(),
  /** `Restored.says` and `Restored.layout`. */
  says: z.record(z.string(), z.unknown()),
  layout: z.record(z.string(), z.unknown()),
});
export type Brought = z.output<typeof Brought>;

/** What of a recovery is done: written durably after each step, so that whatever kills us, the next one goes on from there. */
const RecoveryState = z.strictObject({
  recovery: z.string(),
  plan: z.string(),
  planDigest: z.string(),
  /** What happened, as others call it; absent in what was kept before it was. */
  event: z.string().nullable().default(null),
  targetDigest: z.string(),
  startedAt: z.string(),
  /** Id of the recovery point of each component: a resumed recovery takes the same ones. */
  points: z.record(z.string(), z.string()),
  /** Keys of steps. */
  done: z.array(z.string()),
  finished: z.boolean(),
  /** Key of the step whose files are all there and only move into their place now: after a crash they move on. */
  placing: z.string().nullable().default(null),
  /** Key of the step that starts something now: after a crash it may run already. */
  starting: z.string().nullable().default(null),
  /** Workflows that send something and were asked: the recovered system has it, so it is not sent again. */
  sent: z.array(z.string()).default([]),
  /** By component: what later steps must know of what was brought. */
  brought: z.record(z.string(), Brought).default({}),
});
export type RecoveryState = z.output<typeof RecoveryState>;

export async function stateFile(home: Home, of: { readonly client: string; readonly plan: string }): Promise<string> {
  return join(await privateFolder(join(home.path, 'recoveries')), `${safeName(of.client)}.${safeName(of.plan)}.json`);
}

/** Undefined if none was begun. Throws RecoveryError if it cannot be read. */
export async function readState(file: string): Promise<RecoveryState | undefined> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const read = RecoveryState.safeParse(parsed(text));
  if (read.success) return read.data;
  throw new RecoveryError(
    'refused',
    `${file}: what was kept of the recovery cannot be read`,
    'Take the file away and begin again, into an empty target.',
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function writeState(file: string, state: RecoveryState): Promise<void> {
  return writeDurably(file, `${JSON.stringify(state, null, 2)}\n`, 0o600);
}
