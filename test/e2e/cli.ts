import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SHARED_CACHE } from '../fixtures/shared-cache.ts';
import { PrintedDrill } from '../../src/evidence/record.ts';
import { drillHere } from './drill-here.ts';

export const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url));
export const MAIN = join(CHECKOUT, 'dist/main.js');

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly pid: number;
  readonly ended: Promise<Ran>;
  kill(signal: NodeJS.Signals): void;
  /** Resolves when this text was printed on standard error. */
  seen(text: string): Promise<void>;
}

/** A place of its own for one test: home, plans and backups, removed at the end. */
export interface Bench {
  readonly folder: string;
  readonly home: string;
  readonly backups: string;
  start(args: readonly string[], env?: Record<string, string>): Running;
  run(args: readonly string[], env?: Record<string, string>): Promise<Ran>;
  /** Runs `drill … --json` and gives the validated record. */
  drill(plan: string, env?: Record<string, string>): Promise<{ ran: Ran; record: PrintedDrill }>;
  /** Writes a plan for the backups folder; `more` are further lines of YAML. Returns its path. */
  plan(name: string, more?: string): Promise<string>;
  remove(): Promise<void>;
}

export interface BenchOptions {
  readonly uid?: number;
  /** Drills are run by the built program in this very process: what the command line adds to a drill has tests of its own. */
  readonly inProcess?: boolean;
}

async function linkCache(home: string): Promise<void> {
  await mkdir(home, { mode: 0o700 });
  await mkdir(SHARED_CACHE, { recursive: true, mode: 0o700 });
  await symlink(SHARED_CACHE, join(home, 'cache'));
}

export async function bench(options: BenchOptions = {}): Promise<Bench> {
  const folder = await mkdtemp('/tmp/rsg-e2e-');
  await chmod(folder, 0o755);
  const home = join(folder, 'home');
  const backups = join(folder, 'backups');
  await mkdir(backups);
  // Empty clusters may be shared by all homes: nothing of a backup is in them. An ordinary user cannot enter the folder.
  if (options.uid === undefined) await linkCache(home);
  const start = (args: readonly string[], env: Record<string, string> = {}): Running => {
    const child = spawn(process.execPath, [MAIN, ...args], {
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '', HOME: folder, RESURGAM_HOME: home, NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
    });
    let stdout = '';
    let stderr = '';
    const waiting: { text: string; done: () => void }[] = [];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
      for (const one of waiting) if (stderr.includes(one.text)) one.done();
    });
    const ended = new Promise<Ran>(resolve => child.on('close', code => resolve({ code, stdout, stderr })));
    return {
      pid: child.pid ?? -1,
      ended,
      kill: signal => void child.kill(signal),
      seen: text => (stderr.includes(text) ? Promise.resolve() : new Promise(done => waiting.push({ text, done }))),
    };
  };
  const run = (args: readonly string[], env?: Record<string, string>): Promise<Ran> => start(args, env).ended;
  return {
    folder,
    home,
    backups,
    start,
    run,
    drill: async (plan, env) => {
      if (options.inProcess === true && env === undefined) return drillHere(plan, { folder, home });
      const ran = await run(['drill', plan, '--json'], env);
      if (!ran.stdout.startsWith('{')) throw new Error(`no record (exit ${String(ran.code)}): ${ran.stderr}`);
      return { ran, record: PrintedDrill.parse(JSON.parse(ran.stdout)) };
    },
    plan: async (name, more = '') => {
      const path = join(folder, `${name}.yaml`);
      const text = more.includes('components:')
        ? more
        : `components:\n  database:\n    backup: { tool: pg-dump, from: ${backups} }\n${more}`;
      await writeFile(path, `plan: ${name}\nclient: lakeside\n${text}`);
      return path;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
