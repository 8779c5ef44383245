/** A row as it comes from the server: whole numbers as numbers, `timestamptz` as ISO text with milliseconds and `Z`, `jsonb` parsed. */
export type Row = Readonly<Record<string, unknown>>;

/** Inside one transaction. It is rolled back if the work throws. */
export interface Tx {
  query(text: string, values?: readonly unknown[]): Promise<readonly Row[]>;
}

/**
 * What is kept in PostgreSQL: everything that changes while Resurgam runs and is no evidence. Each client's rows are kept apart by
 * row-level security. Rejects with StoreError `state-unreachable` when the server is gone; the caller tries again.
 */
export interface State {
  /** One transaction that sees and writes the rows of this client and no other. */
  of<T>(client: string, work: (tx: Tx) => Promise<T>): Promise<T>;
  /** One transaction over all clients: for the worker's loop and the overview only. */
  all<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** For libraries that open their own connections (the queue). Holds a password if `DATABASE_URL` does: never printed. */
  readonly connectionString: string;
  close(): Promise<void>;
}
