import type { BackupSection } from '../../plan/plan.ts';
import { handFolder, quoted, type ByHand, type HandPlace } from '../by-hand.ts';
import { readOptions } from './options.ts';

export function byHand(section: BackupSection, { component }: HandPlace): ByHand {
  const { repository, archives } = readOptions(section);
  const matching = archives === undefined ? '' : ` --glob-archives ${quoted(archives)}`;
  return {
    fetch: [
      `borg list --bypass-lock${matching} ${quoted(repository)}`,
      `ARCHIVE=$(borg list --bypass-lock --short --last 1${matching} ${quoted(repository)}) && test -n "$ARCHIVE"`,
    ],
    restore: [
      `mkdir -p ${handFolder(component)}`,
      `(cd ${handFolder(component)} && borg extract --bypass-lock ${quoted(repository)}::"$ARCHIVE")`,
    ],
    remarks: [],
  };
}
