import { lines } from '../../system/lines.ts';
import type { ToolResult } from '../../system/process.ts';
import { FedProgram } from '../dump-files/fed-program.ts';
import type { Restoring } from '../dump-files/read-script.ts';
import type { TargetServer } from '../target.ts';

/**
 * The client in the jail, fed by us with SQL. It reads its input as it is (`--binary-mode`), and takes no command to itself then but the one
 * that says how statements end; it goes on after errors, so that all of them are known.
 */
export class ClientSession {
  readonly errors = new Map<number, number>();
  readonly #program: FedProgram;

  constructor({ target, stop }: Restoring, server: TargetServer) {
    const [client] = server.clients;
    const cut = lines(line => this.#hear(line));
    const command = {
      file: `${client?.bin ?? '/usr/bin'}/mariadb`,
      args: [
        `--defaults-file=${server.clientEnv['MYSQL_HOME'] ?? ''}/my.cnf`,
        ...['--batch', '--force', '--binary-mode', '--max-allowed-packet=1G', '--default-character-set=utf8mb4', '--skip-local-infile'],
        server.database,
      ],
      env: server.clientEnv,
      mounts: [...(client?.mounts ?? []), ...server.clientMounts],
      stdout: (): undefined => undefined,
      stderr: cut.chunk,
    };
    this.#program = new FedProgram((stdin, signal) => target.jail.run({ ...command, stdin }, signal).finally(() => cut.end()), stop);
  }

  /** Resolves when there is room for more; what is written after its end goes nowhere. */
  write(bytes: Buffer): Promise<void> {
    return this.#program.write(bytes);
  }

  /** It ended before its input did. */
  over(): boolean {
    return this.#program.over();
  }

  /** Lets it finish what it was given; or, in the middle of a statement, lets it run nothing more. */
  end(midway: boolean): Promise<ToolResult> {
    return this.#program.end(midway);
  }

  /** Only numbers: what stands beside them quotes rows. */
  #hear(line: string): void {
    const number = /^ERROR (\d{4,5}) \([0-9A-Z]{5}\)/.exec(line)?.[1];
    if (number === undefined && !/^ERROR at line \d/.test(line)) return;
    this.errors.set(Number(number ?? 0), (this.errors.get(Number(number ?? 0)) ?? 0) + 1);
  }
}
