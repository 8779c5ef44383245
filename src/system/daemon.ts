import { spawn } from 'node:child_process';
import { open } from './files.ts';

export interface DaemonCommand {
  readonly file: string;
  readonly args: readonly string[];
  /** The whole environment: nothing of ours is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Standard output and error are appended here. */
  readonly log: string;
}

/** A process that is meant to outlive us. */
export interface Daemon {
  /** True once it has ended, or could not be started at all. */
  ended(): boolean;
}

/**
 * Starts a process in a session of its own, which holds nothing of ours: no pipe, no terminal, no timer. That is why it does not come through
 * `process.ts`, whose programs end with us. Rejects if the log cannot be opened.
 */
export async function startDaemon(command: DaemonCommand): Promise<Daemon> {
  const log = await open(command.log, 'a', 0o600);
  let ended = false;
  try {
    const child = spawn(command.file, command.args, {
      cwd: '/',
      env: { ...command.env },
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    const onEnd = (): void => {
      ended = true;
    };
    child.once('exit', onEnd);
    child.once('error', onEnd);
    child.unref();
    return { ended: () => ended };
  } finally {
    await log.close();
  }
}
