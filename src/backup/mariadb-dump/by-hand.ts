import type { BackupSection } from '../../plan/plan.ts';
import { quoted, takeNewest, type ByHand, type HandPlace } from '../by-hand.ts';
import { readOptions } from './options.ts';

/** Into a running server; a dump of one schema does not say which. */
export function byHand(section: BackupSection, { component }: HandPlace): ByHand {
  const options = readOptions(section);
  const database = quoted(component);
  return {
    fetch: [...takeNewest(options, ['*users*']), 'opened "$BACKUP" | tail -n 1 | grep -- "-- Dump completed"'],
    restore: [
      ...(options.users === undefined || options.users.startsWith('s3://') ? [] : [`opened ${quoted(options.users)} | mariadb`]),
      `mariadb -e ${quoted(`create database if not exists \`${component}\``)}`,
      `opened "$BACKUP" | mariadb ${database}`,
    ],
    remarks: [
      'A MariaDB server of the version of the source, or a newer one, runs, and `mariadb` alone reaches it as an account that may do everything (root does on its own machine; else ~/.my.cnf says how).',
      'A dump that names its schemas (use …) restores into these.',
    ],
  };
}
