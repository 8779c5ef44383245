import type { BinlogFiles, MariadbFollowed } from '../../backup/mariadb-files.ts';
import { finding, type Finding } from '../../finding/finding.ts';
import { died } from '../died.ts';
import { ServiceError, type OpenRequest } from '../service.ts';
import { ask } from './ask.ts';
import { CONFIG_AT, type ServerPlace } from './place.ts';

const PROBE = 'restore';
const STAGED_AT = '/staged';
/** The limit of the drill is the one that counts. */
const RUN_MS = 2_147_483_647;
/** The client takes no commands from what it reads, but for the one that says how statements end. */
const CLIENT = `mariadb --defaults-file=${CONFIG_AT}/my.cnf --binary-mode --skip-local-infile --max-allowed-packet=1G --default-character-set=utf8mb4 > /dev/null`;
const SCRIPT = `mariadb-binlog --no-defaults "$@" | ${CLIENT}; echo "ended \${PIPESTATUS[0]} \${PIPESTATUS[1]}"`;
/** Rows that were loaded from a file are loaded from one again, which no jailed server may do; and zones by name are not known here (1298). */
const OF_OURS = new Set(['1148', '3948', '4166', '29', '1298']);

/** Of accounts a dump may know other ones than the server whose logs they are. */
const OF_ACCOUNTS = ['1133', '1141', '1269', '1396', '1410', '1449'];
/** No such schema, no such table: other ones than the dump was to hold. */
const LACKS = ['1049', '1146'];
/** What is left of a statement of which only a part is of one schema. */
const PARTED = '1064';

export interface Replaying {
  readonly request: Pick<OpenRequest, 'jail' | 'staged' | 'toolLog'>;
  readonly place: ServerPlace;
  readonly binlogs: BinlogFiles;
  /** Over a dump, which is not all of a server. */
  readonly dump?: Pick<MariadbFollowed, 'only'>;
}

/** The binary logs, read by mariadb-binlog and run by the client, in the jail, as a person would do it. */
export async function replay(replaying: Replaying, stop: AbortSignal): Promise<readonly Finding[]> {
  const { request, place, binlogs } = replaying;
  const { files, lastAt, reachesTarget } = binlogs;
  const startedMs = performance.now();
  const result = await request.jail.run(
    {
      file: '/usr/bin/bash',
      args: ['-c', SCRIPT, 'replay', ...argumentsOf(replaying), ...files.map(file => `${STAGED_AT}/${file}`)],
      env: { ...place.env, PATH: '/usr/bin:/bin' },
      mounts: [{ from: request.staged.folder, at: STAGED_AT }, ...place.clientMounts, ...place.temporaryMounts],
      timeLimitMs: RUN_MS,
    },
    stop,
  );
  request.toolLog('mariadb-binlog', result.stderr);
  if (stop.aborted) throw new ServiceError('stopped', 'replaying the binary logs was stopped', { hint: 'Run the drill again.' });
  await ask(place.socket, { text: 'set global event_scheduler = off', rows: 1, timeLimitMs: 30_000 }).catch(() => undefined);
  if (!/^ended 0 0$/m.test(result.stdout)) return [refused(replaying, result)];
  const latencyMs = Math.round(performance.now() - startedMs);
  return [
    finding('restore.binlog-replayed', 'passed', { probe: PROBE, unit: 'files', observed: files.length, latencyMs }),
    ...(lastAt === null ? [] : [finding('restore.last-transaction', 'passed', { probe: PROBE, observed: lastAt })]),
    ...(reachesTarget ? [] : [finding('restore.target-not-reached', 'failed', { probe: PROBE })]),
  ];
}

function argumentsOf({ binlogs: { start, stop }, dump }: Replaying): readonly string[] {
  const { only = null } = dump ?? {};
  return [
    `--start-position=${start}`,
    ...(stop === null ? [] : [`--stop-position=${stop}`]),
    ...(only === null ? [] : [`--database=${only}`]),
  ];
}

/** Of an error only its number: what stands beside it quotes rows. */
function refused(
  { request: { jail }, dump }: Replaying,
  { stdout, stderr }: { readonly stdout: string; readonly stderr: string },
): Finding {
  const limit = jail.limitHit();
  if (limit !== undefined) return died(limit);
  const number = /^ERROR (\d{1,5}) \(/m.exec(stderr)?.[1];
  const codes = /^ended (\d+) (\d+)$/m.exec(stdout);
  const untold = codes === null || (number !== undefined && (OF_OURS.has(number) || isElsewhere(dump, number)));
  const observed = number === undefined ? `exit codes ${codes?.slice(1).join(' and ') ?? 'unknown'}` : `error ${number}`;
  return finding('restore.binlog-refused', untold ? 'inconclusive' : 'failed', { probe: PROBE, observed });
}

/** It lacks what was never in the dump: the logs are those of a whole server. */
function isElsewhere(dump: Replaying['dump'], number: string): boolean {
  if (dump === undefined) return false;
  return [...OF_ACCOUNTS, ...LACKS].includes(number) || (dump.only !== null && number === PARTED);
}
