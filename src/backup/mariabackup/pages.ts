import { finding, type Finding } from '../../finding/finding.ts';
import type { Restoring } from '../dump-files/read-script.ts';
import { brokenBy } from '../limit.ts';
import { unknownExit } from '../opening.ts';
import { inJail, PROBE, refuseIfStopped, RESTORED_AT } from './jail.ts';

/** `completed OK!` is said over corrupt pages too: innochecksum reads every one of them. 0: sound, 1: not. */
const CHECKSUMS =
  'find . -name "*.ibd" -size +0 -print0 | xargs -0 -r -n1 sh -c \'innochecksum "$0" > /dev/null 2>&1; case $? in 0) ;; 1) echo bad;; *) echo odd;; esac\'';

/**
 * Each page carries the position in the log of its last change. Files: page size from the flags on page 0, which are read in two ways
 * (`full_crc32` or not); 38 bytes of each page are never encrypted.
 */
const POSITIONS = `
  my $newest = shift; local $/ = "\\0"; my @files = <STDIN>; $/ = "\\n";
  for my $path (@files) {
    $path =~ s/\\0$//;
    open(my $file, "<:raw", $path) or do { print "odd\\n"; next };
    sysread($file, my $head, 64) == 64 or next;
    my $flags = unpack("N", substr($head, 54, 4));
    my $shift = $flags & 0x10 ? $flags & 0xf : (($flags >> 1) & 0xf) || (($flags >> 6) & 0xf);
    my $size = $shift ? 512 << $shift : 16384;
    my $later = 0;
    for (my $at = 0; sysseek($file, $at, 0) && sysread($file, my $page, 26) == 26; $at += $size) {
      $later++ if unpack("Q>", substr($page, 16, 8)) > $newest;
    }
    print "later $later\\n" if $later;
  }`;

/** Whether every page of every table file is sound, and none of them newer than the backup. */
export async function checkPages(
  run: Restoring,
  at: { readonly folder: string; readonly lastLsn: bigint | null },
): Promise<readonly Finding[]> {
  const find = 'find . \\( -name "*.ibd" -o -name "ibdata*" -o -name "undo*" \\) -type f -size +0 -print0';
  const positions = at.lastLsn === null ? 'true' : `${find} | perl -e '${POSITIONS}' ${String(at.lastLsn)}`;
  const result = await inJail(run, {
    file: '/bin/sh',
    args: ['-c', `cd ${RESTORED_AT} && ${CHECKSUMS} && ${positions}`],
    mounts: [{ from: at.folder, at: RESTORED_AT }],
  });
  refuseIfStopped(run.stop);
  const said = result.stdout.split('\n');
  if (result.exitCode !== 0 || said.includes('odd')) return [brokenBy(run.target.jail.limitHit()) ?? unknownExit('innochecksum', result)];
  const bad = said.filter(line => line === 'bad').length;
  const later = said.flatMap(line => /^later (\d+)$/.exec(line)?.[1] ?? []).map(Number);
  const pages = later.reduce((sum, one) => sum + one, 0);
  return [
    ...(bad === 0 ? [] : [finding('restore.corrupt', 'failed', { probe: PROBE, unit: 'table files', expected: 0, observed: bad })]),
    ...(pages === 0 ? [] : [finding('restore.mixed-moments', 'failed', { probe: PROBE, unit: 'pages', expected: 0, observed: pages })]),
  ];
}
