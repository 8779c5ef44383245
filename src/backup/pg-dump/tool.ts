import type { BackupTool, Reach } from '../backup.ts';
import type { BackupSection, SecretReference } from '../../plan/plan.ts';
import { fetch } from './fetch.ts';
import { inspect } from './inspect.ts';
import { list } from './list.ts';
import { bucketOf, options, readOptions } from './options.ts';
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
};

function reach(section: BackupSection): Reach {
  const { from, globals, credentials } = readOptions(section);
  const places = globals === undefined ? [from] : [from, globals];
  const secrets: Record<string, SecretReference> = {};
  if (credentials !== undefined) {
    secrets['AWS_ACCESS_KEY_ID'] = credentials.accessKeyId;
    secrets['AWS_SECRET_ACCESS_KEY'] = credentials.secretAccessKey;
    if (credentials.sessionToken !== undefined) secrets['AWS_SESSION_TOKEN'] = credentials.sessionToken;
  }
  return {
    paths: places.filter(place => bucketOf(place) === undefined),
    network: places.some(place => bucketOf(place) !== undefined),
    secrets,
  };
}
