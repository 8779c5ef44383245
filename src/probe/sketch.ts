import { createHash } from 'node:crypto';

export interface Ranked {
  readonly path: string;
  readonly bytes: number;
}

/**
 * The files whose hashed paths are the smallest: a sample that is the same in every drill as long as those files are there, however many others
 * come and go. So what is gone and what was altered can be told from one drill to the next, with names that nobody keeps.
 */
export class Sketch {
  readonly #size: number;
  #kept: { readonly rank: string; readonly file: Ranked }[] = [];
  #limit: string | undefined;

  constructor(size: number) {
    this.#size = size;
  }

  add(file: Ranked): void {
    const rank = createHash('sha256').update(file.path, 'latin1').digest('hex');
    if (this.#limit !== undefined && rank >= this.#limit) return;
    this.#kept.push({ rank, file });
    if (this.#kept.length >= 2 * this.#size) this.#trim();
  }

  /** In the order of their ranks. */
  files(): readonly Ranked[] {
    this.#trim();
    return this.#kept.map(({ file }) => file);
  }

  #trim(): void {
    this.#kept = this.#kept.sort((a, b) => (a.rank < b.rank ? -1 : 1)).slice(0, this.#size);
    if (this.#kept.length === this.#size) this.#limit = this.#kept.at(-1)?.rank;
  }
}
