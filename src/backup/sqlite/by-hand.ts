import type { BackupSection } from '../../plan/plan.ts';
import { handFolder, takeNewest, type ByHand, type HandPlace } from '../by-hand.ts';
import { readOptions } from './options.ts';

/** The log that lies beside a copied database goes with it: without it the newest changes are gone. */
export function byHand(section: BackupSection, { component }: HandPlace): ByHand {
  const folder = handFolder(component);
  const file = `"$RECOVERED/${component}/${component}.db"`;
  return {
    fetch: takeNewest(readOptions(section), ['*-wal', '*-shm', '*-journal']),
    restore: [
      `mkdir -p ${folder}`,
      `opened "$BACKUP" > ${file}`,
      `for log in wal journal; do [ ! -s "$BACKUP-$log" ] || cp "$BACKUP-$log" "$RECOVERED/${component}/${component}.db-$log"; done`,
      `test "$(sqlite3 ${file} 'pragma integrity_check')" = ok`,
    ],
    remarks: [],
  };
}
