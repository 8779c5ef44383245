import { spawn, type ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';

/** Exit codes of flock(1): ours for "waited long enough", and the shell's for a program that is not there. */
const WAITED = '75';
const NO_PROGRAM = '127';

/**
 * Takes the lock of each file that it reads, says how that went, and lets it go at the next line. The lock belongs to the open file: it is gone when
 * the shell is, and its input ends with us.
 */
const SCRIPT = `while IFS= read -r path && read -r wait; do
  { flock --exclusive --conflict-exit-code ${WAITED} --wait "$wait" 9; code=$?; echo $code; if [ $code = 0 ]; then read -r end; fi; } 9>>"$path" || echo cannot
  echo free
done`;

/** A child process that holds one lock at a time. While it holds none it keeps our process from nothing. */
export class LockHolder {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  #heard: (() => void) | undefined;
  #idleSince = performance.now();
  isGone = false;

  constructor() {
    this.#child = spawn('sh', ['-c', SCRIPT], {
      cwd: '/',
      env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const gone = (): void => {
      this.isGone = true;
      this.#heard?.();
    };
    this.#child.on('error', gone).on('close', gone);
    // Writing to one that is gone fails: that it is gone is heard anyway.
    this.#child.stdin?.on('error', gone);
    if (this.#child.stdout === null) throw new Error('a child process without its output');
    createInterface({ input: this.#child.stdout }).on('line', line => {
      this.#lines.push(line);
      this.#heard?.();
    });
  }

  /** Never rejects. `gone`: there is no such process any more, or there never was. */
  async take(path: string, waitMs: number): Promise<'taken' | 'busy' | 'cannot-open' | 'no-flock' | 'gone'> {
    this.#hold(true);
    const code = await this.#ask(`${path}\n${waitMs / 1000}\n`);
    if (code === '0') return 'taken';
    await this.#line();
    this.#hold(false);
    if (code === undefined) return 'gone';
    return code === WAITED ? 'busy' : code === NO_PROGRAM ? 'no-flock' : 'cannot-open';
  }

  /** When it resolves the next one may have the lock. */
  async free(): Promise<void> {
    await this.#ask('\n');
    this.#hold(false);
  }

  idleMs(): number {
    return performance.now() - this.#idleSince;
  }

  end(): void {
    this.#child.stdin?.end();
  }

  #ask(text: string): Promise<string | undefined> {
    this.#child.stdin?.write(text);
    return this.#line();
  }

  /** Undefined: there will be none. */
  async #line(): Promise<string | undefined> {
    while (this.#lines.length === 0 && !this.isGone) await new Promise<void>(resolve => (this.#heard = resolve));
    return this.#lines.shift();
  }

  /** Our process waits for an answer, and not for one that has nothing to do. */
  #hold(holds: boolean): void {
    this.#idleSince = performance.now();
    const all = [this.#child, this.#child.stdin as Socket | null, this.#child.stdout as Socket | null];
    for (const one of all)
      if (holds) one?.ref();
      else one?.unref();
  }
}
