import { join } from 'node:path';
import { startSourceServer, type SourceServer } from '../fixtures/source-server.ts';
import { EHR } from '../detection/databases.ts';
import type { Bench } from './cli.ts';

/** A source with the small EHR in database `ehr`. */
export async function startEhr(): Promise<SourceServer> {
  const source = await startSourceServer();
  await source.createDatabase('ehr');
  await source.client('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', 'ehr'], EHR);
  return source;
}

/** A good custom-format dump in the bench's backups. Gives its path. */
export async function putDump(source: SourceServer, place: Bench, name = 'ehr.dump'): Promise<string> {
  const file = join(place.backups, name);
  await source.client('pg_dump', ['-Fc', '-f', file, 'ehr']);
  return file;
}
