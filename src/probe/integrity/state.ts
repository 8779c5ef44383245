import { numberIn, type Asker } from '../asker.ts';
import type { Tally } from './tally.ts';

const STATE = `
  select current_setting('data_checksums') = 'on' as checksums,
         (select coalesce(sum(checksum_failures), 0) from pg_stat_database) as failures`;

/** What the server itself noticed while everything was read. Asked last. */
export async function examineState(asker: Asker, tally: Tally): Promise<void> {
  const [row] = await asker.rows(STATE);
  if (row?.['checksums'] !== true) tally.limit('checksums-off');
  const failures = numberIn(row, 'failures') ?? 0;
  if (failures > 0) tally.note('integrity.checksum-failure', 'failed', { unit: 'pages', expected: 0, observed: failures });
}
