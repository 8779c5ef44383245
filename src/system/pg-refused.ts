export type PgRefusal = 'connect' | 'query' | 'timeout' | 'stopped' | 'too-much' | 'protocol' | 'closed';

/** Why a server gave no answer. It keeps the SQLSTATE and nothing else of what the server said: messages quote rows. */
export class PgRefused extends Error {
  override readonly name = 'PgRefused';
  readonly why: PgRefusal;
  readonly sqlState: string | null;

  constructor(why: PgRefusal, sqlState: string | null) {
    super(sqlState === null ? why : `${why}, SQLSTATE ${sqlState}`);
    this.why = why;
    this.sqlState = sqlState;
  }

  /** Whatever was thrown, without its message and without it as a cause. */
  static from(error: unknown, why: PgRefusal): PgRefused {
    if (error instanceof PgRefused) return error;
    const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
    if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && error instanceof Error && 'severity' in error)
      return new PgRefused(why, code);
    return new PgRefused(why === 'query' && !(error instanceof RangeError) ? 'closed' : why, null);
  }
}
