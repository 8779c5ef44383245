import type { BackupTool, Reach } from '../backup.ts';
import { byHand } from './by-hand.ts';
import type { BackupSection } from '../../plan/plan.ts';
import { reachOf } from '../dump-files/place-options.ts';
import { fetch } from './fetch.ts';
import { inspect } from './inspect.ts';
import { list } from './list.ts';
import { options, readOptions } from './options.ts';
import { recognise } from './recognise.ts';
import { restorePgDump } from './restore.ts';

/** Logical dumps of PostgreSQL in a folder or a bucket. */
export const pgDump: BackupTool = {
  name: 'pg-dump',
  summary: 'pg_dump files (custom, directory, tar, plain; also compressed) in a folder or an S3 bucket',
  // A compressed dump unpacks to about six times its size with its indexes.
  traits: { spaceFactor: 6, restoresInto: 'server', engine: 'postgres' },
  options,
  reach,
  list,
  inspect,
  fetch,
  restore: restorePgDump,
  recognise,
  byHand,
};

function reach(section: BackupSection): Reach {
  const given = readOptions(section);
  return reachOf(given.globals === undefined ? [given.from] : [given.from, given.globals], given);
}
