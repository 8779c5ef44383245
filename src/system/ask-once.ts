import { access, constants, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { runTool, type ToolCommand, type ToolResult } from './process.ts';

/** What programs said of themselves, each under the very file that said it. */
const answers = new Map<string, ToolResult>();

/**
 * Runs a program that says something of itself, once for as long as its file is the same: one that is written in Python takes a third of a
 * second for its version, and every step of a drill asks. What ended otherwise than with 0 is asked anew.
 */
export async function askOnce(command: ToolCommand, stop: AbortSignal): Promise<ToolResult> {
  const key = await identityOf(command);
  const known = key === undefined ? undefined : answers.get(key);
  if (known !== undefined) return known;
  const said = await runTool(command, stop);
  if (key !== undefined && said.exitCode === 0) answers.set(key, said);
  return said;
}

/** Undefined where the file is not found: then there is nothing to remember. */
async function identityOf({ file, args, env }: ToolCommand): Promise<string | undefined> {
  const places = file.includes('/') ? [file] : (env['PATH'] ?? '').split(':').map(folder => join(folder, file));
  for (const place of places) {
    try {
      await access(place, constants.X_OK);
      const { dev, ino, size, mtimeNs, ctimeNs } = await stat(place, { bigint: true });
      return JSON.stringify([place, ...[dev, ino, size, mtimeNs, ctimeNs].map(String), args]);
    } catch {
      // The next place on the path, as the kernel's caller looks for it too.
    }
  }
  return undefined;
}
