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
const CLIENT = `mariadb --defaults-file=${CONFIG_AT}/my.cnf --binary-mode --skip-local-infile --max-allowed-packet=1G --default-character-set=utf8mb4`;
const SCRIPT = `mariadb-binlog --no-defaults "$@" | ${CLIENT}; echo "ended \${PIPESTATUS[0]} \${PIPESTATUS[1]}"`;
/** Rows that were loaded from a file are loaded from one again, which no jailed server may do. */
const OF_FILES = new Set(['1148', '3948', '4166', '29']);

/** Of accounts a dump may know other ones than the server whose logs they are. */
const OF_ACCOUNTS = new Set(['1133', '1141', '1269', '1396', '1410']);
/** No such schema, no such table. */
const LACKS = new Set(['1049', '1146']);

export interface Replaying {
  readonly request: Pick<OpenRequest, 'jail' | 'staged' | 'toolLog'>;
  readonly place: ServerPlace;
  readonly binlogs: BinlogFiles;
  /** Over a dump, which is not all of a server. */
  readonly dump?: Pick<MariadbFollowed, 'only' | 'has'>;
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
  const [, number, said = ''] = /^ERROR (\d{1,5}) \((.*)$/m.exec(stderr) ?? [];
  const codes = /^ended (\d+) (\d+)$/m.exec(stdout);
  const untold = codes === null || (number !== undefined && (OF_FILES.has(number) || isElsewhere(dump, { number, said })));
  const observed = number === undefined ? `exit codes ${codes?.slice(1).join(' and ') ?? 'unknown'}` : `error ${number}`;
  return finding('restore.binlog-refused', untold ? 'inconclusive' : 'failed', { probe: PROBE, observed });
}

/** It lacks what was never in the dump: the logs are those of a whole server. */
function isElsewhere(dump: Replaying['dump'], { number, said }: { readonly number: string; readonly said: string }): boolean {
  if (dump === undefined) return false;
  if (OF_ACCOUNTS.has(number)) return true;
  const schema = /'([^'.]+)['.]/.exec(said)?.[1];
  return LACKS.has(number) && schema !== undefined && !dump.has.includes(schema);
}
