import { join } from 'node:path';
import { DATA_AT, TABLESPACES_AT } from '../../backup/postgres-files.ts';
import type { Jail } from '../../backup/target.ts';
import { notStarted } from '../not-started.ts';
import type { ServerPlace } from './place.ts';
import { INSTALL } from './server.ts';

/** How a copy of restored files was made: `cloned` shares their blocks until one is written, `copied` has blocks of its own. */
export type CopyKind = 'cloned' | 'copied';

/** Restored files as they were before any server, from which the log can be replayed to more than one moment. */
export interface Kept {
  readonly kind: CopyKind;
  /** How long it took to put them aside. */
  readonly ms: number;
}

/** The folder of a restore as the jail sees it here: all of it in one mount, since blocks are not shared from mount to mount by every kernel. */
const AT = '/keeping';
const KEPT = 'kept';
const COPY = 'copy';

const KEEP = `set -eu
cd ${AT}
mkdir ${KEPT}
if cp --reflink=always data/PG_VERSION ${KEPT}/tried 2> /dev/null; then how=always; echo cloned; else how=never; echo copied; fi
rm -f ${KEPT}/tried
cp -a --reflink=$how data ${KEPT}/data
if [ -d tablespaces ]; then cp -a --reflink=$how tablespaces ${KEPT}/tablespaces; fi
`;

const DROP = `set -eu
cd ${AT}
rm -rf data tablespaces
`;

/**
 * Makes the copy equal to what is kept. The first time all of it is copied, then only what changed in either of them since: a file stays if type, size
 * and time of writing are the same, and if nobody touched it after the last time, which the time of change says that no program can set.
 */
const RENEW = String.raw`
use strict; use warnings;
my ($how) = @ARGV;
chdir '${AT}' or die "chdir: $!";
sub seen { my ($top) = @_; my %seen; local $/ = "\0";
  open(my $find, '-|', 'find', $top, '-mindepth', '1', '-printf', '%y %s %T@ %C@ %P\0') or die "find: $!";
  while (<$find>) { chomp; my ($type, $size, $written, $changed, $name) = split / /, $_, 5;
    $seen{$name} = { type => $type, same => $type eq 'd' ? 'd' : "$type $size $written", changed => $changed } }
  close($find) or die "find ended with $?"; return \%seen }
mkdir '${COPY}';
my $stamp = -e 'stamp' ? do { open(my $in, '-|', 'find', 'stamp', '-printf', '%T@') or die; my $said = <$in>; close($in) or die; $said } : 0;
my ($kept, $copy) = (seen('${KEPT}'), seen('${COPY}'));
my $stays = sub { my ($one, $other) = @_; $one and $other and $one->{same} eq $other->{same}
  and ($one->{type} eq 'd' or ($one->{changed} < $stamp and $other->{changed} < $stamp)) };
for my $name (reverse sort grep { !$stays->($copy->{$_}, $kept->{$_}) } keys %$copy) {
  my $path = "${COPY}/$name"; if ($copy->{$name}{type} eq 'd') { rmdir $path or die "rmdir: $!" } else { unlink $path or die "unlink: $!" } }
my @lacking = grep { !$stays->($copy->{$_}, $kept->{$_}) } sort keys %$kept;
for my $name (grep { $kept->{$_}{type} eq 'd' } @lacking) { mkdir "${COPY}/$name", 0700 or die "mkdir: $!" }
chdir '${KEPT}' or die "chdir: $!";
open(my $cp, '|-', 'xargs', '-0r', 'cp', '-a', "--reflink=$how", '--parents', '-t', '../${COPY}', '--') or die "xargs: $!";
print $cp "$_\0" for grep { $kept->{$_}{type} ne 'd' } @lacking;
close($cp) or die "cp ended with $?";
chdir '..';
open(my $out, '>', 'stamp.new') or die "stamp: $!"; close $out;
rename 'stamp.new', 'stamp' or die "rename: $!";
select undef, undef, undef, 0.05;
`;

/** Puts restored files aside. In the jail, as its user: what lies there is hostile. Throws ServiceError. */
export async function keep(jail: Jail, folder: string, stop: AbortSignal): Promise<Kept> {
  const startedMs = performance.now();
  const said = await inFolder(jail, { folder, program: ['/bin/sh', '-c', KEEP] }, stop);
  return { kind: said.trim() === 'cloned' ? 'cloned' : 'copied', ms: Math.round(performance.now() - startedMs) };
}

/** The files over which the drill's own server ran make room. */
export async function dropRestored(jail: Jail, folder: string, stop: AbortSignal): Promise<void> {
  await inFolder(jail, { folder, program: ['/bin/sh', '-c', DROP] }, stop);
}

/** A copy of what is kept, as it is now. No server may run over either of them. */
export async function renewCopy(jail: Jail, at: { readonly folder: string; readonly kind: CopyKind }, stop: AbortSignal): Promise<void> {
  const how = at.kind === 'cloned' ? 'always' : 'never';
  await inFolder(jail, { folder: at.folder, program: ['/usr/bin/perl', '-e', RENEW, how] }, stop);
}

interface Order {
  readonly folder: string;
  readonly program: readonly [string, ...string[]];
}

async function inFolder(jail: Jail, { folder, program: [file, ...args] }: Order, stop: AbortSignal): Promise<string> {
  const mounts = [{ from: folder, at: AT, write: true }];
  const result = await jail.run({ file, args, env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' }, mounts }, stop);
  if (result.exitCode !== 0) throw notStarted('the copying of restored files', { jail, result, install: INSTALL });
  return result.stdout;
}

/** The same place over the kept files, or over the copy of them. */
export function placeOver(place: ServerPlace, folder: string, which: 'kept' | 'copy'): ServerPlace {
  const top = join(folder, which === 'kept' ? KEPT : COPY);
  const below: Readonly<Record<string, string>> = { [DATA_AT]: join(top, 'data'), [TABLESPACES_AT]: join(top, 'tablespaces') };
  const mounts = place.mounts.map(mount => ({ ...mount, from: below[mount.at] ?? mount.from }));
  return { ...place, data: join(top, 'data'), mounts };
}
