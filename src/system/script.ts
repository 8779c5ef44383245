import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { exists } from './files.ts';

/** A script in TypeScript, made one module of JavaScript with what it imports beside it. */
export interface BuiltScript {
  readonly code: string;
  /** SHA-256 (hex) of the script as it was written. */
  readonly digest: string;
}

/** Rejects with the compiler's words, which say file and line. */
export async function buildScript(file: string): Promise<BuiltScript> {
  const { rolldown } = await import('rolldown');
  const build = await rolldown({ input: file, platform: 'node', external: /^node:/, logLevel: 'silent' });
  try {
    const { output } = await build.generate({ format: 'esm', codeSplitting: false });
    return {
      code: output[0].code,
      digest: createHash('sha256')
        .update(await readFile(file))
        .digest('hex'),
    };
  } finally {
    await build.close();
  }
}

/** A path as a plan names it, looked for in the plan's folder and those above it; undefined if it is in none of them. */
export async function findUpwards(planFile: string, path: string): Promise<string | undefined> {
  for (let folder = dirname(planFile); ; folder = dirname(folder)) {
    const found = join(folder, path);
    if (!relative(folder, found).startsWith('..') && (await exists(found))) return found;
    if (folder === dirname(folder)) return undefined;
  }
}
