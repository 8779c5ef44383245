import type { BackupSection } from '../../plan/plan.ts';
import { handFolder, quoted, takeNewest, type ByHand, type HandPlace } from '../by-hand.ts';
import { readOptions } from './options.ts';
import { readTreeOptions } from './tree-options.ts';

/** An archive in parts becomes one, in the order in which its parts count. */
const JOIN = [
  String.raw`PART='\.(part)?([0-9]{1,4}|[a-z]{2})$'`,
  'if [[ "$BACKUP" =~ $PART && ! "$BACKUP" =~ \\.(gz|xz)$ ]]; then',
  '  WHOLE="${BACKUP%.*}"; mkdir -p "$RECOVERED/joined"',
  '  ls -1v "$WHOLE".* | grep -E "$PART" | xargs -d "\\n" cat > "$RECOVERED/joined/$(basename "$WHOLE")"',
  '  BACKUP="$RECOVERED/joined/$(basename "$WHOLE")" && ls -l "$BACKUP"',
  'fi',
];

/** tar finds out itself how an archive is packed. */
export function archiveByHand(section: BackupSection, { component }: HandPlace): ByHand {
  const folder = handFolder(component);
  return {
    fetch: [...takeNewest(readOptions(section)), ...JOIN],
    restore: [
      `mkdir -p ${folder}`,
      `case "$BACKUP" in *.zip) unzip -q "$BACKUP" -d ${folder} ;; *.cpio|*.cpio.*) opened "$BACKUP" | (cd ${folder} && cpio -idm --no-absolute-filenames) ;; *) tar -xpf "$BACKUP" -C ${folder} ;; esac`,
    ],
    remarks: [],
  };
}

const DATED = String.raw`/[^/]*[0-9]{4}-?[0-9]{2}-?[0-9]{2}[^/]*/$`;

/** The newest by the time in its name, else the first of a rotation, else the folder itself. */
export function treeByHand(section: BackupSection, { component }: HandPlace): ByHand {
  const { from, digests } = readTreeOptions(section);
  const folder = handFolder(component);
  return {
    fetch: [
      `BACKUP=$(ls -1d ${quoted(from)}/*/ | grep -E ${quoted(DATED)} | sort | tail -n 1 || true)`,
      `[ -n "$BACKUP" ] || BACKUP=$(ls -1d ${quoted(from)}/*.0/ 2>/dev/null | head -n 1 || true)`,
      `[ -n "$BACKUP" ] || BACKUP=${quoted(from)}`,
      'ls -ld "$BACKUP"',
    ],
    restore: [
      `mkdir -p ${folder}`,
      `cp -a "$BACKUP/." ${folder}/`,
      ...(digests === undefined ? [] : [`(cd ${folder} && sha256sum --quiet -c ${quoted(digests)})`]),
    ],
    remarks: [],
  };
}
