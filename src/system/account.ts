import { runTool } from './process.ts';

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** An account of this machine by its name, wherever it is kept; undefined if there is none. */
export async function findAccount(name: string): Promise<Account | undefined> {
  const command = { file: '/usr/bin/getent', args: ['passwd', '--', name], env: { LC_ALL: 'C' }, timeLimitMs: 30_000 };
  const { exitCode, stdout } = await runTool(command, new AbortController().signal);
  const [found, , uid, gid] = stdout.split('\n')[0]?.split(':') ?? [];
  return exitCode === 0 && found === name ? { uid: Number(uid), gid: Number(gid) } : undefined;
}
