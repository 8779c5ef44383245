export type MariaRefusal = 'connect' | 'query' | 'timeout' | 'stopped' | 'too-much' | 'protocol' | 'closed';

/** Why a server gave no answer. It keeps the error's number and nothing else of what the server said: messages quote rows. */
export class MariaRefused extends Error {
  override readonly name = 'MariaRefused';
  readonly why: MariaRefusal;
  readonly number: number | null;

  constructor(why: MariaRefusal, number: number | null) {
    super(number === null ? why : `${why}, error ${number}`);
    this.why = why;
    this.number = number;
  }

  /** Whatever was thrown, without its message and without it as a cause. */
  static from(error: unknown, why: MariaRefusal): MariaRefused {
    if (error instanceof MariaRefused) return error;
    const number: unknown = error instanceof Error && 'errno' in error ? error.errno : undefined;
    // The server's own numbers are positive, those of the operating system are not.
    if (typeof number === 'number' && number >= 1_000 && number < 100_000) return new MariaRefused(why, number);
    return new MariaRefused(why === 'query' ? 'closed' : why, null);
  }
}
