import { plainMoment } from '../by-hand-cluster.ts';
import { quoted } from '../by-hand.ts';
import type { BinlogOptions } from './options.ts';

interface Replayed {
  /** Program that prints the name of a log and a position in it. */
  readonly place: string;
  /** The client, with what it needs to reach the server. */
  readonly client: string;
  /** Further arguments of mariadb-binlog. */
  readonly more?: string;
}

/** From the place at which the backup was made; the server of the source wrote on in the logs after it. */
export function replayLines({ binlogs, target }: BinlogOptions, { place, client, more = '' }: Replayed): readonly string[] {
  if (binlogs === undefined || binlogs.startsWith('s3://')) return [];
  const until =
    target !== undefined && target !== 'newest' ? ` --stop-datetime="$(date -d ${quoted(plainMoment(target.time))} '+%F %T')"` : '';
  return [
    `read -r LOG POSITION REST < <(${place})`,
    `[[ "$LOG" =~ ^[A-Za-z0-9_.-]+\\.[0-9]{6,10}$ ]] && mapfile -t LOGS < <(find ${quoted(binlogs)} -name "\${LOG%.*}.[0-9]*" | sort | sed -n "/$LOG\\$/,\\$p")`,
    'echo "from $POSITION in ${LOGS[*]}"',
    `mariadb-binlog${until}${more} --start-position="$POSITION" "\${LOGS[@]}" | ${client} --binary-mode`,
  ];
}
