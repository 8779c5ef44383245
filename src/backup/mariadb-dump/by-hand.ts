import type { BackupSection } from '../../plan/plan.ts';
import { replayLines } from '../binlogs/by-hand.ts';
import { quoted, takeNewest, type ByHand, type HandPlace } from '../by-hand.ts';
import { readOptions } from './options.ts';

const SERVER =
  'A MariaDB server of the version of the source, or a newer one, runs, and `mariadb` alone reaches it as an account that may do everything (root does on its own machine; else ~/.my.cnf says how).';

/** Names of binary logs, which may lie among the dumps. */
const LOGS = '*.[0-9][0-9][0-9][0-9][0-9][0-9]';

/** Into a running server; a dump of one schema does not say which. */
export function byHand(section: BackupSection, { component }: HandPlace): ByHand {
  const options = readOptions(section);
  const { users, binlogs } = options;
  const beside = ['*users*', ...(binlogs === undefined ? [] : [LOGS])];
  const fetch = [...takeNewest(options, beside), 'opened "$BACKUP" | tail -n 1 | grep -- "-- Dump completed"'];
  const accounts = users === undefined || users.startsWith('s3://') ? [] : [`opened ${quoted(users)} | mariadb`];
  if (binlogs !== undefined && !binlogs.startsWith('s3://')) {
    const restore = [...accounts, ...UNDER_ITS_NAME, ...replayLines(options, REPLAYED)];
    return { fetch, restore, remarks: [SERVER, OF_THE_SERVER], database: '"$SCHEMA"' };
  }
  return {
    fetch,
    restore: [
      ...accounts,
      `mariadb -e ${quoted(`create database if not exists \`${component}\``)}`,
      `opened "$BACKUP" | mariadb --binary-mode ${quoted(component)}`,
    ],
    remarks: [SERVER, 'A dump that names its schemas (use …) restores into these.'],
  };
}

/** The binary logs name the schema of the source; a dump that names its own goes there by itself. */
const UNDER_ITS_NAME = [
  `read -r SCHEMA < <(opened "$BACKUP" | sed -n '/^-- Host: .* Database: /{s/.* Database: //p;q}'); NAMED=$(opened "$BACKUP" | grep -c '^USE \`' || true); echo "schema \${SCHEMA:-several}, named $NAMED times"`,
  'if [ "$NAMED" -eq 0 ]; then mariadb -e "create database if not exists \\`$SCHEMA\\`" && opened "$BACKUP" | mariadb --binary-mode "$SCHEMA"; else opened "$BACKUP" | mariadb --binary-mode; fi',
  'ONLY=(); if [ "$NAMED" -le 1 ]; then ONLY=(--database="$SCHEMA"); fi',
];
const REPLAYED = {
  place: String.raw`opened "$BACKUP" | sed -n "/MASTER_LOG_FILE=/{s/.*MASTER_LOG_FILE='\([^']*\)', MASTER_LOG_POS=\([0-9]*\);.*/\1 \2/p;q}"`,
  client: 'mariadb',
  more: ' "${ONLY[@]}"',
};
const OF_THE_SERVER =
  'The binary logs are those of the whole server. Of a dump of one schema only its changes are replayed: statements that changed it from within another schema are not among them.';
