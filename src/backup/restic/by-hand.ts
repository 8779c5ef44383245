import type { BackupSection } from '../../plan/plan.ts';
import { handFolder, quoted, type ByHand, type HandPlace } from '../by-hand.ts';
import { readOptions } from './options.ts';

export function byHand(section: BackupSection, { component }: HandPlace): ByHand {
  const { repository, cacert, host = [], tags = [], paths = [] } = readOptions(section);
  const restic = ['restic', '--no-lock', '--repo', quoted(repository), ...(cacert === undefined ? [] : ['--cacert', quoted(cacert)])].join(
    ' ',
  );
  const chosen = [
    ...host.map(one => ` --host ${quoted(one)}`),
    ...(tags.length === 0 ? [] : [` --tag ${quoted(tags.join(','))}`]),
    ...paths.map(one => ` --path ${quoted(one)}`),
  ].join('');
  return {
    fetch: [`${restic} snapshots${chosen}`],
    restore: [`mkdir -p ${handFolder(component)}`, `${restic} restore latest${chosen} --target ${handFolder(component)} --verify`],
    remarks: ['The files come back below the folders under which they were saved.'],
  };
}
