import type { Readable } from 'node:stream';
import { chmod, chown, mkdtemp, readFile, rm } from '../system/files.ts';
import { runTool, startTool, type RunningTool, type ToolCommand, type ToolResult } from '../system/process.ts';

const BIN = '/usr/lib/postgresql/15/bin';
/** The server refuses root, so as root it runs as `nobody`. */
const NOBODY = 65_534;

/** A private PostgreSQL server that plays the system which is backed up. It listens on a socket in its own folder and on nothing else. */
export interface Source {
  /** Socket and data; removed by `close`. */
  readonly folder: string;
  /** Runs a client program to its end; rejects with SourceError when it fails. */
  client(program: 'psql' | 'pg_dump' | 'pg_dumpall' | 'pg_restore', args: readonly string[], input?: Readable): Promise<ToolResult>;
  /** Runs a shell script as the account of the server, in its folder; rejects with SourceError when it fails. */
  shell(script: string): Promise<ToolResult>;
  close(): Promise<void>;
}

/** "Could not play the source." */
export class SourceError extends Error {
  override readonly name = 'SourceError';
  readonly hint: string;
  /** What the program printed before it failed. */
  readonly stdout: string;
  constructor(message: string, hint: string, stdout = '') {
    super(message);
    this.hint = hint;
    this.stdout = stdout;
  }
}

export interface SourceOptions {
  /** Further settings; `%folder%` is the source's own folder. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly initdb?: readonly string[];
}

/** Starts an empty server in a folder of its own under /tmp: below a home folder another account could not reach it. Throws SourceError. */
export async function startSource(stop: AbortSignal, more: SourceOptions = {}): Promise<Source> {
  const folder = await mkdtemp('/tmp/resurgam-demo-');
  const account = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const env = {
    PATH: `${BIN}:/usr/bin:/bin`,
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
    HOME: folder,
    PGHOST: folder,
    PGPORT: '5432',
    PGUSER: 'postgres',
  };
  const tool = (program: string, args: readonly string[]): ToolCommand => ({ file: `${BIN}/${program}`, args, env, timeLimitMs: 600_000 });
  const server: { running?: RunningTool } = {};
  const close = async (): Promise<void> => {
    server.running?.signal('SIGQUIT');
    await server.running?.ended;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await chmod(folder, 0o700);
    if (account.uid !== undefined) await chown(folder, account.uid, account.gid);
    const data = `${folder}/data`;
    const how = [
      '-D',
      data,
      '-U',
      'postgres',
      '-A',
      'trust',
      '-N',
      '-E',
      'UTF8',
      '--locale=C.UTF-8',
      '--no-instructions',
      '--data-checksums',
      ...(more.initdb ?? []),
    ];
    succeeded('initdb', await runTool({ ...tool('initdb', how), ...account }, stop));
    const own = Object.entries(more.settings ?? {}).flatMap(([name, value]) => ['-c', `${name}=${value.replaceAll('%folder%', folder)}`]);
    const settings = ['-c', 'listen_addresses=', '-c', 'fsync=off', '-c', 'shared_buffers=64MB', '-c', 'log_timezone=UTC', ...own];
    server.running = startTool({ ...tool('postgres', ['-D', data, '-k', folder, ...settings]), ...account, timeLimitMs: 3_600_000 }, stop);
    await answers(server.running, () => runTool(tool('psql', ['-qXAtc', 'select 1']), stop), stop);
  } catch (error) {
    await close();
    throw error;
  }
  const client = async (program: string, args: readonly string[], input?: Readable): Promise<ToolResult> =>
    succeeded(program, await runTool({ ...tool(program, args), ...(input === undefined ? {} : { stdin: input }) }, stop));
  const shell = async (script: string): Promise<ToolResult> => {
    const command = { file: '/bin/bash', args: ['-euc', script], env, cwd: folder, timeLimitMs: 600_000 };
    return succeeded('a script of the source', await runTool({ ...command, ...account }, stop));
  };
  return { folder, client, shell, close };
}

/** Ready means that a query was answered. */
async function answers(server: RunningTool, ask: () => Promise<ToolResult>, stop: AbortSignal): Promise<void> {
  let ended: ToolResult | undefined;
  void server.ended.then(result => (ended = result));
  for (let tries = 0; tries < 300; tries++) {
    if ((await ask()).exitCode === 0) return;
    stop.throwIfAborted();
    if (ended !== undefined) succeeded('postgres', { ...ended, exitCode: ended.exitCode === 0 ? 1 : ended.exitCode });
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  throw new SourceError('the source server did not answer within 30 s', 'Run the demo again on a machine with less load.');
}

/** What a program said when it failed: its last lines. */
export function lastWords({ stderr }: Pick<ToolResult, 'stderr'>): string {
  return stderr.trim().split('\n').slice(-3).join('; ');
}

function succeeded(program: string, result: ToolResult): ToolResult {
  if (result.exitCode === 0) return result;
  if (result.stopped) throw new SourceError(`${program} was stopped`, 'Run the demo again.');
  throw new SourceError(
    `${program} ended with ${result.exitCode ?? result.signal}: ${lastWords(result)}`,
    'Run `node src/set-up.mjs demo` to see whether its programs are there.',
  );
}

/** Ends what a demo left that was killed outright: its server (if the process is still that server) and its folder. */
export async function removeLostSource(folder: string): Promise<void> {
  if (!/^\/tmp\/resurgam-demo-\w{6}$/.test(folder)) return;
  const pid = Number((await textOf(`${folder}/data/postmaster.pid`)).split('\n')[0]);
  if (pid > 1 && (await textOf(`/proc/${pid}/cmdline`)).includes(`\0${folder}/data\0`)) process.kill(pid, 'SIGQUIT');
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    return '';
  }
}
