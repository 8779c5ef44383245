import { finding, type Finding } from '../../finding/finding.ts';
import { isSystemSchema } from '../../system/maria-schemas.ts';
import type { MariadbFollowed } from '../mariadb-files.ts';
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
  // A log of the same name, of another history.
  if (!says.gtids.every(gtid => binlogs.before.includes(gtid))) return { layout: undefined, findings: [foreign()] };
  const source = nameless ? database : null;
  const there = new Set([...says.schemas, ...(source === null ? [] : [source])]);
  const { changed, crossing, elsewhere } = binlogs.schemas;
  const others = changed.some(name => !there.has(name) && !isSystemSchema(name)) || (elsewhere && there.size === 1);
  const only = others ? database : null;
  // Under another name nothing that the logs name would be there.
  const renamed = source !== null && source !== into;
  const untold = others && (only === null || there.size !== 1 || !there.has(only) || crossing);
  if (renamed || untold) return { layout: undefined, findings: [unknown()] };
  return { layout: { engine: 'mariadb', binlogs, only, has: [...there] }, findings: [] };
}

function unknown(): Finding {
  return finding('backup.unsupported', 'inconclusive', {
    probe: 'restore',
    object: 'binary logs that change schemas together which are not in the dump',
  });
}

function foreign(): Finding {
  return finding('backup.binlog-foreign', 'failed', { probe: 'backup', unit: 'files', expected: 0, observed: 1 });
}
