import { join } from 'node:path';
import { exists } from '../../system/files.ts';
import { openFileSource } from '../../system/range.ts';

/** Of the format that MariaDB has had since 10.8: two places for a checkpoint, each with two positions. */
const FORMAT = 'Phys';
const CHECKPOINTS = [4_096, 8_192];
const HEADER_BYTES = 12_288;

/**
 * Position at which the log of a prepared backup ends. What somebody prepared elsewhere may have been changed by that
 * (`--export`) beyond the one in `xtrabackup_checkpoints`. `null`: a log of another format.
 */
export async function endOfLog(folder: string): Promise<bigint | null> {
  const path = join(folder, 'ib_logfile0');
  if (!(await exists(path))) return null;
  await using source = await openFileSource(path);
  const head = await source.read(0, HEADER_BYTES);
  if (head.length < HEADER_BYTES || head.toString('latin1', 0, FORMAT.length) !== FORMAT) return null;
  const positions = CHECKPOINTS.flatMap(at => [head.readBigUInt64BE(at), head.readBigUInt64BE(at + 8)]);
  return positions.reduce((latest, one) => (one > latest ? one : latest), head.readBigUInt64BE(8));
}
