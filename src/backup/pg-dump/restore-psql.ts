import { randomBytes } from 'node:crypto';
import { PassThrough } from 'node:stream';
import type { ToolResult } from '../../system/process.ts';
import { clientCommand, type RestoreRun } from './restore-run.ts';
import { canRestrict } from './restore-tools.ts';

const BUFFERED = 1 << 20;

/** One psql in the jail, fed by us with SQL and rows; commands to psql itself never reach it. */
export class PsqlSession {
  readonly database: string;
  readonly #input = new PassThrough({ highWaterMark: BUFFERED });
  readonly #ended: Promise<ToolResult>;
  #over = false;

  constructor(run: RestoreRun, database: string) {
    this.database = database;
    const command = clientCommand(run, 'psql', ['-X', '-q', '-w', '-v', 'ON_ERROR_STOP=0', '-f', '-']);
    const env = { ...command.env, PGDATABASE: database };
    this.#ended = run.target.jail.run({ ...command, env, stdin: this.#input, stdout: () => undefined }, run.stop);
    const over = (): void => {
      this.#over = true;
      this.#input.destroy();
    };
    this.#ended.then(over, over);
    this.#input.on('error', () => undefined);
    // What we overlook, psql refuses: from here on it takes no command to itself.
    if (canRestrict(run.client.version)) this.#input.write(`\\restrict ${randomBytes(24).toString('hex')}\n`);
  }

  /** Resolves when there is room for more; what is written after its end goes nowhere. */
  async write(bytes: Buffer): Promise<void> {
    if (this.#over || this.#input.destroyed || this.#input.write(bytes)) return;
    await Promise.race([new Promise(resolve => this.#input.once('drain', resolve)), this.#ended.catch(() => undefined)]);
  }

  /** psql ended before its input did. */
  over(): boolean {
    return this.#over;
  }

  /** Lets it finish what it was given. */
  end(): Promise<ToolResult> {
    this.#input.end();
    return this.#ended;
  }
}
