import type pg from 'pg';
import { StoreError } from '../error.ts';
import { stateError } from './state-error.ts';
import type { Row, Tx } from './state.ts';

/** Statements that read or write rows. What would end the transaction, change its settings or run other text is none. */
const VERBS = /^\s*(select|insert|update|delete|merge|with|values|lock|explain|savepoint|release|rollback\s+to)\b/i;
/** The ways in which such a statement could still choose another client. */
const SETTINGS = /set_config|pg_settings|resurgam\.client|resurgam_client|\bU&/i;

/** A transaction as its maker sees it. Once it has ended, whoever kept the `tx` gets nothing more: the connection is somebody else's by then. */
export interface OpenTx extends Tx {
  /** For the beginning: text of ours that `query` would refuse. Gives the rows of all its statements. */
  say(text: string): Promise<readonly Row[]>;
  /** `commit` throws if there was nothing to commit any more. */
  end(how: 'commit' | 'rollback'): Promise<void>;
}

/** A transaction over a connection that was lent for it. Its errors are StoreErrors where the server is gone, else those of pg. */
export function openTx(client: pg.ClientBase, where: string): OpenTx {
  let over = false;
  let gone: StoreError | undefined;
  const ask = async (question: pg.QueryConfig | string): Promise<pg.QueryResult> => {
    try {
      return await client.query(question as pg.QueryConfig);
    } catch (cause) {
      const error = stateError(cause, where);
      if (error instanceof StoreError && error.code === 'state-unreachable') gone = error;
      throw error;
    }
  };
  return {
    query: async (text, values = []) => {
      if (over) throw new TypeError('the transaction has ended: its tx is of no use any more');
      if (!VERBS.test(text) || SETTINGS.test(text))
        throw new TypeError(`a transaction takes statements over rows, got ${text.slice(0, 60)}`);
      // The extended protocol takes one statement: no text can end the transaction and go on.
      const question = { text, values: [...values], queryMode: 'extended' } as pg.QueryConfig;
      return (await ask(question)).rows as readonly Row[];
    },
    say: async text => [await ask(text)].flat().flatMap(({ rows }) => rows as readonly Row[]),
    end: async how => {
      over = true;
      if (gone !== undefined) throw gone;
      const { command } = await ask(how);
      if (command.toLowerCase() !== how) throw rolledBack(where);
    },
  };
}

/** PostgreSQL answers COMMIT with ROLLBACK, and no error, when a statement had failed and the work went on regardless. */
function rolledBack(where: string): StoreError {
  return new StoreError('broke', `${where}: expected the transaction to be kept, a statement in it had failed and it was rolled back`, {
    hint: 'Report this as a defect of Resurgam: an error of the database was passed over.',
  });
}
