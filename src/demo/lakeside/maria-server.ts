import { join } from 'node:path';
import { chmod, chown, mkdir, mkdtemp, rm } from '../../system/files.ts';
import { runTool, startTool, type RunningTool, type ToolCommand } from '../../system/process.ts';
import { lastWords, SourceError } from '../source.ts';

const NOBODY = 65534;

/** A real MariaDB server on a Unix socket: the source that backups are taken from. */
export interface MariaServer {
  readonly folder: string;
  readonly data: string;
  readonly socket: string;
  /** Runs a client program (mariadb, mariadb-dump, mariabackup …) against it; rejects when it fails. */
  client(program: string, args: readonly string[]): Promise<string>;
  sql(text: string): Promise<string>;
  /** Everything is written to the table files, so that a backup needs no log for it. */
  settle(): Promise<void>;
  stop(): Promise<void>;
}

const SMALL = '--innodb-log-file-size=8M';
const INSTALL = ['--no-defaults', '--auth-root-authentication-method=normal', '--skip-test-db', '--skip-name-resolve', SMALL];
const SERVE = [
  ...['--no-defaults', '--skip-networking', SMALL, '--innodb-buffer-pool-size=32M', '--innodb-flush-log-at-trx-commit=2'],
  ...['--performance-schema=OFF', '--character-set-server=utf8mb4'],
];
const NEVER = new AbortController().signal;

/** Starts an empty server in a folder of its own below /tmp. Throws SourceError. */
export async function startMariaServer(settings: readonly string[] = [], stop = NEVER): Promise<MariaServer> {
  const folder = await mkdtemp('/tmp/rsg-maria-');
  await chmod(folder, 0o755);
  const data = join(folder, 'data');
  const socket = join(folder, 'server.sock');
  const temporary = join(folder, 'tmp');
  for (const path of [data, temporary]) await mkdir(path);
  const root = process.getuid?.() === 0;
  if (root) for (const path of [folder, data, temporary]) await chown(path, NOBODY, NOBODY);
  const as = root ? { uid: NOBODY, gid: NOBODY } : {};
  const env = { PATH: '/usr/sbin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC', HOME: folder, TMPDIR: temporary };
  const tool = (file: string, args: readonly string[]): ToolCommand => ({ file, args, env, cwd: '/', timeLimitMs: 1_800_000 });
  let server: RunningTool | undefined;
  const client = (program: string, args: readonly string[]): Promise<string> => {
    const given = ['--no-defaults', `--socket=${socket}`, '--user=root', ...args];
    return finished({ ...tool(program, given), keepBytes: 256 << 20 }, stop);
  };
  const sql = (text: string): Promise<string> => client('mariadb', ['--default-character-set=utf8mb4', '-N', '-B', '-e', text]);
  const close = async (): Promise<void> => {
    server?.signal('SIGKILL');
    await server?.ended;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await finished({ ...tool('mariadb-install-db', [...INSTALL, `--datadir=${data}`]), ...as }, stop);
    const places = [`--datadir=${data}`, `--socket=${socket}`, `--pid-file=${join(folder, 'pid')}`];
    server = startTool({ ...tool('/usr/sbin/mariadbd', [...SERVE, ...places, ...settings]), ...as }, stop);
    await until(300, () => sql('select 1').then(() => true, noAnswer(stop)));
  } catch (error) {
    await close();
    throw error;
  }
  const settle = async (): Promise<void> => {
    await sql('set global innodb_max_dirty_pages_pct_lwm = 0, global innodb_max_dirty_pages_pct = 0');
    // What purging has still to do comes into the log later, and names tables that nobody writes to any more.
    const figures = "show global status where variable_name in ('innodb_checkpoint_age', 'innodb_history_list_length')";
    await until(300, async () => {
      const [age = Infinity, history = Infinity] = (await sql(figures)).match(/(?<=\t)\d+/g)?.map(Number) ?? [];
      return age < 1_000 && history === 0;
    });
  };
  return { ...{ folder, data, socket, client, sql, settle }, stop: close };
}

/** Not there yet; but whoever is stopped waits no longer. */
function noAnswer(stop: AbortSignal): () => boolean {
  return () => {
    stop.throwIfAborted();
    return false;
  };
}

async function until(tries: number, holds: () => Promise<boolean>): Promise<void> {
  for (let left = tries; left > 0; left -= 1) {
    if (await holds()) return;
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  throw new SourceError('the MariaDB source did not get ready', 'Run it again on a machine with less load.');
}

/** What it printed; rejects with SourceError when it fails. */
async function finished(command: ToolCommand, stop: AbortSignal): Promise<string> {
  const result = await runTool(command, stop);
  const { exitCode, signal, stdout } = result;
  if (exitCode === 0) return stdout;
  const hint = 'Run `node src/set-up.mjs demo --all` to see whether its programs are there.';
  throw new SourceError(`${command.file} ended with ${String(exitCode ?? signal)}: ${lastWords(result)}`, hint, stdout);
}
