import type { BackupSection } from '../../plan/plan.ts';
import { awsWords, quoted, takeNewest, type ByHand, type HandPlace } from '../by-hand.ts';
import { bucketOf } from '../dump-files/place-options.ts';
import { readOptions, type PgDumpOptions } from './options.ts';

/** Parts of a dump in the directory format beside its table of contents. */
const PARTS = ['[0-9]*.dat', '[0-9]*.dat.*', 'blobs*.toc', 'blob_*'];

/** Into an empty database of a running server, which PGHOST, PGPORT and PGUSER name. */
export function byHand(section: BackupSection, { component }: HandPlace): ByHand {
  const options = readOptions(section);
  const database = quoted(component);
  const globals = globalsOf(options);
  return {
    fetch: [...takeNewest(options, ['*globals*', ...PARTS]), 'case "$BACKUP" in */toc.dat) BACKUP=${BACKUP%/toc.dat} ;; esac'],
    restore: [
      `GLOBALS=${globals}`,
      '[ -z "$GLOBALS" ] || opened "$GLOBALS" | psql -X -q -d postgres',
      `createdb --template=template0 ${database}`,
      'FILE="$BACKUP"',
      'case "$BACKUP" in *.gz|*.zst|*.lz4|*.xz|*.bz2) FILE="$RECOVERED/opened-dump"; opened "$BACKUP" > "$FILE" ;; esac',
      `if [ -d "$FILE" ] || head -c 5 "$FILE" | grep -qaE 'PGDMP|toc\\.d'; then pg_restore --exit-on-error --dbname=${database} "$FILE"; else psql -X -q -v ON_ERROR_STOP=1 -d ${database} -f "$FILE"; fi`,
      `vacuumdb --analyze-only ${database}`,
    ],
    remarks: [
      'A PostgreSQL server of the version of the source, or a newer one, runs, and PGHOST, PGPORT and PGUSER name it and its superuser.',
      'That a role exists already is no failure. If one is missing: createuser --no-login NAME, drop the database, and begin this step again.',
    ],
  };
}

/** From the same place, if the plan does not say where the roles are. */
function globalsOf({ globals, from, ...store }: PgDumpOptions): string {
  if (globals !== undefined && bucketOf(globals) === undefined) return quoted(globals);
  const place = globals ?? from;
  if (bucketOf(place) === undefined) return `$(newest ${quoted(place)} -iname '*globals*')`;
  const fetched = '"$RECOVERED/globals/"';
  return `$(mkdir -p ${fetched} && aws s3 cp --recursive --only-show-errors --exclude '*'${globals === undefined ? " --include '*globals*'" : " --include '*'"}${awsWords(store)} ${quoted(place)} ${fetched} >&2; newest ${fetched})`;
}
