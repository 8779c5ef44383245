import { PassThrough, type Readable } from 'node:stream';
import type { ToolResult } from '../../system/process.ts';

const BUFFERED = 1 << 20;

/** A program in the jail that we feed through its standard input, as fast as it takes it. */
export class FedProgram {
  readonly #input = new PassThrough({ highWaterMark: BUFFERED });
  readonly #ended: Promise<ToolResult>;
  readonly #leave = new AbortController();
  #over = false;

  constructor(run: (stdin: Readable, stop: AbortSignal) => Promise<ToolResult>, stop: AbortSignal) {
    this.#ended = run(this.#input, AbortSignal.any([stop, this.#leave.signal]));
    const over = (): void => {
      this.#over = true;
      this.#input.destroy();
    };
    this.#ended.then(over, over);
    this.#input.on('error', () => undefined);
  }

  /** Resolves when there is room for more; what is written after its end goes nowhere. */
  async write(bytes: Buffer): Promise<void> {
    if (this.#over || this.#input.destroyed || this.#input.write(bytes)) return;
    await Promise.race([new Promise(resolve => this.#input.once('drain', resolve)), this.#ended.catch(() => undefined)]);
  }

  /** It ended before its input did. */
  over(): boolean {
    return this.#over;
  }

  /** Lets it finish what it was given; or, in the middle of something, lets it run nothing more. */
  end(midway: boolean): Promise<ToolResult> {
    if (midway) this.#leave.abort();
    else this.#input.end();
    return this.#ended;
  }
}
