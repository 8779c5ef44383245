import { parseEnvelope } from '../evidence/dsse.ts';
import { linesOf } from '../evidence/line.ts';
import { readStatement, type Statement } from '../evidence/statement.ts';
import { createReadStream } from '../system/files.ts';
import type { Ledger } from './ledger.ts';

/** The entries of a ledger from one `seq` on, in order. They are read as they stand: whoever opened the ledger has verified them. */
export async function* entriesFrom(ledger: Ledger, seq: number): AsyncGenerator<Statement> {
  let at = 0;
  for await (const lines of linesOf(createReadStream(ledger.paths.lines))) {
    for (const line of lines) {
      const envelope = at >= seq ? parseEnvelope(line) : undefined;
      at += 1;
      if (envelope !== undefined) yield readStatement(envelope.payload);
    }
  }
}
