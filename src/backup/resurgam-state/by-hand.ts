import type { BackupSection } from '../../plan/plan.ts';
import { takeNewest, type ByHand } from '../by-hand.ts';
import { placeOf } from './options.ts';

/** The one system that nobody can bring back without Resurgam: its own. */
export function byHand(section: BackupSection): ByHand {
  return {
    fetch: takeNewest({ from: placeOf(section) }),
    restore: [
      'resurgam state restore "$BACKUP"',
      `export PGHOST="$(resurgam state show | sed -n 's/.*socket in //p')" PGUSER=resurgam PGDATABASE=resurgam`,
    ],
    database: '"$PGDATABASE"',
    remarks: [
      'Needed: Resurgam of the version that wrote the backup, or a newer one. RESURGAM_HOME (or DATABASE_URL) names an empty place; with DATABASE_URL set PGHOST, PGUSER and PGDATABASE as it says.',
      'Ledgers and keys are files below RESURGAM_HOME with a backup of their own: bring them back first.',
    ],
  };
}
