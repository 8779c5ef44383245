import { finding, type Finding } from '../../finding/finding.ts';
import { isSystemSchema } from '../../system/maria-schemas.ts';
import { unsupported } from '../binlogs/unsupported.ts';
import type { BinlogSchemas, MariadbFollowed } from '../mariadb-files.ts';
import type { MariaDumpHandle } from './handle.ts';
import type { ScriptSays } from './script-says.ts';

/** What is to be done with the binary logs that were fetched, over a dump that came back. */
export interface Followed {
  /** Undefined: nothing. */
  readonly layout: MariadbFollowed | undefined;
  readonly findings: readonly Finding[];
}

/**
 * The logs are those of a whole server. Of one schema they can be replayed alone, if every change of it says that it is one; several schemas
 * only, if they are all that the logs change.
 */
export function followed(handle: MariaDumpHandle, says: ScriptSays, into: string): Followed {
  const { stagedBinlogs: binlogs, database, nameless } = handle;
  if (binlogs === null) return { layout: undefined, findings: [] };
  if (says.places.size > 1 || says.gtids.size > 1) return untold('binary logs after several dumps in one file');
  // A log of the same name, of another history.
  const gtids = [...says.gtids].flatMap(list => list.split(',')).filter(gtid => gtid !== '');
  if (!gtids.every(gtid => binlogs.before.includes(gtid)))
    return no(finding('backup.binlog-foreign', 'failed', { probe: 'backup', unit: 'files', expected: 0, observed: 1 }));
  const source = nameless ? database : null;
  const there = new Set([...says.schemas, ...(source === null ? [] : [source])]);
  // Under another name nothing that the logs name would be there.
  if (source !== null && source !== into) return untold('binary logs of a schema that came back under another name');
  const part = partOf(binlogs.schemas, { there, database, accounts: handle.users !== null });
  if (part === 'untold') return untold('binary logs that change what is not in the dump too, by statements that cannot be told apart');
  return { layout: { engine: 'mariadb', binlogs, only: part === 'all' ? null : part.only }, findings: [] };
}

interface Dumped {
  readonly there: ReadonlySet<string>;
  readonly database: string | null;
  /** They came back too. */
  readonly accounts: boolean;
}

/** What of the logs is to be replayed. */
function partOf(
  { changed, crossing, elsewhere }: BinlogSchemas,
  { there, database, accounts }: Dumped,
): 'all' | 'untold' | { readonly only: string } {
  const others = changed.filter(name => !there.has(name) && !isSystemSchema(name));
  const isOne = database !== null && there.size === 1 && there.has(database);
  // Some servers write all names in lower case, and their dumps as they were asked for.
  const alike = new Set([...there].map(name => name.toLowerCase()));
  if (others.some(name => alike.has(name.toLowerCase()))) return 'untold';
  if (others.length === 0 && !(elsewhere && isOne)) return isOne && !accounts && !crossing ? { only: database } : 'all';
  return isOne && !crossing ? { only: database } : 'untold';
}

function no(found: Finding): Followed {
  return { layout: undefined, findings: [found] };
}

function untold(object: string): Followed {
  return no(unsupported(object, 'restore'));
}
