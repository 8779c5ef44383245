import { join } from 'node:path';
import { z } from 'zod';
import { privateFolder, safeName, type Home } from '../store/home.ts';
import { isCode, readFile, writeDurably } from '../system/files.ts';
import { RecoveryError } from './error.ts';

/** What of a recovery is done: written durably after each step, so that whatever kills us, the next one goes on from there. */
const RecoveryState = z.strictObject({
  recovery: z.string(),
  plan: z.string(),
  planDigest: z.string(),
  targetDigest: z.string(),
  startedAt: z.string(),
  /** Id of the recovery point of each component: a resumed recovery takes the same ones. */
  points: z.record(z.string(), z.string()),
  /** Keys of steps. */
  done: z.array(z.string()),
  finished: z.boolean(),
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
