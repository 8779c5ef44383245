import type { BackupSection } from '../../plan/plan.ts';
import { handFolder, quoted, type ByHand, type HandPlace } from '../by-hand.ts';
import { KEY, readOptions, type BorgOptions } from './options.ts';

/** On a machine that never saw the repository, which may lie in another place than it did. */
export function byHand(section: BackupSection, { component }: HandPlace): ByHand {
  const options = readOptions(section);
  const { repository, archives } = options;
  const matching = archives === undefined ? '' : ` --glob-archives ${quoted(archives)}`;
  const list = `borg list --bypass-lock${matching}`;
  return {
    fetch: [
      'export BORG_RELOCATED_REPO_ACCESS_IS_OK=yes BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes',
      ...keyLines(options, component),
      `${list} ${quoted(repository)}`,
      `ARCHIVE=$(${list} --format '{hostname} {archive}{NL}' ${quoted(repository)} | ${ofHost(options)}tail -n 1 | cut -d ' ' -f 2-) && test -n "$ARCHIVE"`,
    ],
    restore: [
      `mkdir -p ${handFolder(component)}`,
      `(cd ${handFolder(component)} && borg extract --bypass-lock ${quoted(repository)}::"$ARCHIVE")`,
    ],
    remarks: ['The files come back below the folders under which they were saved.'],
  };
}

function ofHost({ host }: BorgOptions): string {
  return host === undefined ? '' : `grep -F ${host.map(one => `-e ${quoted(`${one} `)}`).join(' ')} | `;
}

function keyLines({ keyfile }: BorgOptions, component: string): readonly string[] {
  if (keyfile === undefined) return [];
  const file = `"$RECOVERED/${component}.key"`;
  return [`(umask 077; printf '%s\\n' "$${KEY}" > ${file})`, `export BORG_KEY_FILE=${file}`];
}
