import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { build } from 'vite';
import { runTool } from '../../../src/system/process.ts';

export const ORDINARY_UID = 65_534;

export interface UserRun {
  /** Title of each case, and `held` or what went wrong. */
  readonly answers: ReadonlyMap<string, string>;
  readonly clean: () => Promise<void>;
}

/** One file with all that it needs, which an ordinary user may read wherever this checkout is. */
export async function bundle(entry: string): Promise<{ readonly file: string; readonly clean: () => Promise<void> }> {
  const folder = await mkdtemp('/tmp/rsg-bundle-');
  await chmod(folder, 0o755);
  await build({
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true },
    build: {
      ssr: join(import.meta.dirname, entry),
      outDir: folder,
      target: 'node20',
      emptyOutDir: false,
      rolldownOptions: { external: [...builtinModules, /^node:/], output: { entryFileNames: 'main.mjs' } },
    },
  });
  return { file: join(folder, 'main.mjs'), clean: () => rm(folder, { recursive: true, force: true }) };
}

/** The conformance suite in a process of an ordinary user: of nobody if we are root, else of ourselves. */
export async function runAsUser(args: readonly string[] = []): Promise<UserRun> {
  const { file, clean } = await bundle('as-user-main.ts');
  const env = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/nonexistent' };
  const user = process.getuid?.() === 0 ? { uid: ORDINARY_UID, gid: ORDINARY_UID } : {};
  const result = await runTool(
    { file: process.execPath, args: [file, ...args], env, timeLimitMs: 500_000, ...user },
    new AbortController().signal,
  );
  const answers = new Map<string, string>();
  for (const line of result.stdout.split('\n')) {
    if (!line.startsWith('{')) continue;
    const { title, answer, uid } = JSON.parse(line) as { title: string; answer: string; uid: number };
    answers.set(title, uid === 0 ? 'ran as root' : answer);
  }
  if (answers.size === 0) throw new Error(`the ordinary user's run said nothing: ${result.stderr}`);
  return { answers, clean };
}
