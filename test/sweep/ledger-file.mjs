// The ledger of a client as it lies on a machine, read line by line and believed: whether it verifies is for others to say.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ledgerFolder = ({ home }, client) => join(home, 'ledger', client);

export function entriesOf(machine, client) {
  const path = join(ledgerFolder(machine, client), 'ledger.jsonl');
  if (!existsSync(path)) return [];
  // Behind the last newline somebody may be writing.
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.map(line => {
    const statement = JSON.parse(Buffer.from(JSON.parse(line).payload, 'base64').toString('utf8'));
    return { type: /evidence\/([a-z-]+)\/v1$/.exec(statement.predicateType)?.[1] ?? '', ...statement.predicate };
  });
}

/** One check of the judge: how many things were looked at, and which of them are wrong. */
export function check(name, of, wrong, note = '') {
  return { name, of, wrong, note };
}

export function repeated(all) {
  return [...new Set(all.filter((one, at) => all.indexOf(one) !== at))];
}
