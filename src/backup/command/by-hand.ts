import type { BackupSection } from '../../plan/plan.ts';
import { handFolder, quoted, type ByHand, type HandPlace } from '../by-hand.ts';
import { readOptions } from './options.ts';

/** The plan's own commands, called as a drill calls them. */
export function byHand(section: BackupSection, { component }: HandPlace): ByHand {
  const { list, fetch, restore, into } = readOptions(section);
  const line = (words: readonly string[]): string => words.map(quoted).join(' ');
  const staged = handFolder(`${component}-staged`);
  // Not by a pipe: whoever does not read its input would end the writer, and the line with it.
  const asked = `"$(jq -c --arg staged ${staged} '{ point: .id, handle: (.handle // {}), staged: $staged }' <<< "$POINT")"`;
  const target = into === 'server' ? `PGDATABASE=${quoted(component)}` : `RESURGAM_RESTORED=${handFolder(component)}`;
  return {
    fetch: [
      `mkdir -p ${staged}`,
      `POINT=$(${line(list)} | jq -c '.points | max_by(.consistentAt // .availableAt)') && echo "$POINT"`,
      `(cd ${staged} && export RESURGAM_STAGED=${staged} RESURGAM_POINT="$(jq -r .id <<< "$POINT")" && ${line(fetch)} <<< ${asked})`,
    ],
    restore: [
      into === 'server' ? `createdb --template=template0 ${quoted(component)}` : `mkdir -p ${handFolder(component)}`,
      `(export RESURGAM_STAGED=${staged} ${target} && ${line(restore)} <<< ${asked})`,
    ],
    remarks: [
      'Needed: jq, and the programs of the plan. Each must end with 0, and its last line must say "done": true, and nothing of "bad".',
      ...(into === 'server' ? ['A PostgreSQL server runs, and PGHOST, PGPORT and PGUSER name it and its superuser.'] : []),
    ],
  };
}
