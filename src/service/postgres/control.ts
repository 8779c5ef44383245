import { DATA_AT } from '../../backup/postgres-files.ts';
import { ServiceError } from '../service.ts';
import { notStarted } from '../not-started.ts';
import { INSTALL, type ServerOrder } from './server.ts';

/** What the control file of a cluster says; undefined: it is not what a server wrote. */
export interface ControlFile {
  /** Settings that must not be lower than in the source, or recovery stops. */
  readonly settings: Readonly<Record<string, string>>;
  readonly timeline: number;
}

const LIMITS: readonly (readonly [string, string])[] = [
  ['max_connections setting', 'max_connections'],
  ['max_worker_processes setting', 'max_worker_processes'],
  ['max_prepared_xacts setting', 'max_prepared_transactions'],
  ['max_locks_per_xact setting', 'max_locks_per_transaction'],
];
const SMALLEST = 1_000_000;

/** Reads it with pg_controldata, in the jail. The npm packages have none: then nothing is known, and the server says what it lacks. */
export async function readControl({ jail, place }: ServerOrder, stop: AbortSignal): Promise<ControlFile | 'damaged' | 'unknown'> {
  const file = `${place.bin}/pg_controldata`;
  const result = await jail.run({ file, args: ['-D', DATA_AT], env: place.env, mounts: place.mounts }, stop);
  if (result.exitCode === 127) return 'unknown';
  if (result.stopped || jail.limitHit() !== undefined) throw notStarted('pg_controldata', { jail, result, install: INSTALL });
  // It goes on after a wrong checksum, and warns.
  if (result.exitCode !== 0 || /^WARNING/m.test(`${result.stdout}${result.stderr}`)) return 'damaged';
  const said = new Map(result.stdout.split('\n').flatMap(line => pairOf(line)));
  const timeline = Number(said.get("Latest checkpoint's TimeLineID"));
  if (!Number.isInteger(timeline))
    throw new ServiceError('start-failed', 'pg_controldata said nothing that is known', { hint: 'Report this.' });
  const settings = LIMITS.flatMap(([label, name]) => {
    const value = Number(said.get(label));
    return Number.isInteger(value) && value >= 0 && value < SMALLEST ? [[name, value] as const] : [];
  });
  return { settings: Object.fromEntries(settings.map(([name, value]) => [name, String(value)])), timeline };
}

function pairOf(line: string): readonly (readonly [string, string])[] {
  const at = line.indexOf(':');
  return at === -1 ? [] : [[line.slice(0, at), line.slice(at + 1).trim()]];
}
