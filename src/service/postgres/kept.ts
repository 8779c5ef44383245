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
: > stamp
sleep 0.05
`;

const TAKE = `set -eu
cd ${AT}
mkdir ${COPY}
mv data ${COPY}/data
if [ -d tablespaces ]; then mv tablespaces ${COPY}/tablespaces; fi
`;

/**
 * What both programs below begin with: every file with type, size and time of writing, by which two of one name are the same; and when it was changed,
 * which no program can set, against the time at which all of them were as they should be (`stamp`).
 */
const LOOK = String.raw`
use strict; use warnings;
chdir '${AT}' or die "chdir: $!";
sub seen { my ($top, $before) = @_; my %seen; local $/ = "\0"; return \%seen unless -d $top;
  open(my $find, '-|', 'find', $top, '-mindepth', '1', '-printf', '%y %s %T@ %C@ %P\0') or die "find: $!";
  while (<$find>) { chomp; my ($type, $size, $written, $changed, $name) = split / /, $_, 5;
    $seen{"$before$name"} = { type => $type, same => $type eq 'd' ? 'd' : "$type $size $written", changed => $changed } }
  close($find) or die "find ended with $?"; return \%seen }
my $stamp = do { open(my $in, '-|', 'find', 'stamp', '-printf', '%T@') or die "find: $!"; my $said = <$in>; close($in) or die "no stamp"; $said };
sub stays { my ($one, $other) = @_; return ($one and $other and $one->{same} eq $other->{same}
  and ($one->{type} eq 'd' or ($one->{changed} < $stamp and $other->{changed} < $stamp))) }
`;

/** Of each file that was kept or that a server left: whether it is the same (=) or not (!). */
const COMPARE = String.raw`${LOOK}
my %now = (%{ seen('data', 'data/') }, %{ seen('tablespaces', 'tablespaces/') });
my $kept = seen('${KEPT}', '');
my %all = (%now, %$kept);
print stays($now{$_}, $kept->{$_}) ? '=' : '!', "$_\n" for keys %all;
`;

/** Makes the copy equal to what is kept: only what is not the same any more in either of them is copied. */
const RENEW = String.raw`${LOOK}
my ($how) = @ARGV;
my ($kept, $copy) = (seen('${KEPT}', ''), seen('${COPY}', ''));
for my $name (reverse sort grep { !stays($copy->{$_}, $kept->{$_}) } keys %$copy) {
  my $path = "${COPY}/$name"; if ($copy->{$name}{type} eq 'd') { rmdir $path or die "rmdir: $!" } else { unlink $path or die "unlink: $!" } }
my @lacking = grep { !stays($copy->{$_}, $kept->{$_}) } sort keys %$kept;
for my $name (grep { $kept->{$_}{type} eq 'd' } @lacking) { mkdir "${COPY}/$name", 0700 or die "mkdir: $!" }
chdir '${KEPT}' or die "chdir: $!";
open(my $cp, '|-', 'xargs', '-0r', 'cp', '-a', "--reflink=$how", '--parents', '-t', '../${COPY}', '--') or die "xargs: $!";
print $cp "$_\0" for grep { $kept->{$_}{type} ne 'd' } @lacking;
close($cp) or die "cp ended with $?";
chdir '..';
unlink 'stamp'; open(my $out, '>', 'stamp') or die "stamp: $!"; close $out;
select undef, undef, undef, 0.05;
`;

/** Puts restored files aside. In the jail, as its user: what lies there is hostile. Throws ServiceError. */
export async function keep(jail: Jail, folder: string, stop: AbortSignal): Promise<Kept> {
  const startedMs = performance.now();
  const said = await inFolder(jail, { folder, program: ['/bin/sh', '-c', KEEP] }, stop);
  return { kind: said.includes('cloned') ? 'cloned' : 'copied', ms: Math.round(performance.now() - startedMs) };
}

/**
 * Relations by their paths (as `pg_relation_filepath` says them) of which a server that went to the end of the log left every file as it was kept: so they
 * are the same at every moment before. It must have written all that it had to.
 */
export async function unalteredIn(jail: Jail, folder: string, stop: AbortSignal): Promise<ReadonlySet<string>> {
  const said = await inFolder(jail, { folder, program: ['/usr/bin/perl', '-e', COMPARE] }, stop);
  const [same, other] = ['=', '!'].map(sign => new Set(said.split('\n').flatMap(line => (line.startsWith(sign) ? relationOf(line) : []))));
  return new Set([...(same ?? [])].filter(path => other?.has(path) === false));
}

/** The files over which the drill's own server ran become the first copy: most of them are what a copy would be. */
export async function takeRestored(jail: Jail, folder: string, stop: AbortSignal): Promise<void> {
  await inFolder(jail, { folder, program: ['/bin/sh', '-c', TAKE] }, stop);
}

/** A copy of what is kept, as it is now. No server may run over either of them. */
export async function renewCopy(jail: Jail, at: { readonly folder: string; readonly kind: CopyKind }, stop: AbortSignal): Promise<void> {
  const how = at.kind === 'cloned' ? 'always' : 'never';
  await inFolder(jail, { folder: at.folder, program: ['/usr/bin/perl', '-e', RENEW, how] }, stop);
}

/** Its main file, segments and forks. */
const RELATION = /^.(?:data\/((?:base\/\d+|global)\/\d+)|tablespaces\/(\d+\/[^/]+\/\d+\/\d+))(?:_[a-z]+)?(?:\.\d+)?$/;

function relationOf(line: string): string | [] {
  const [, own, elsewhere] = RELATION.exec(line) ?? [];
  return own ?? (elsewhere === undefined ? [] : `pg_tblspc/${elsewhere}`);
}

interface Order {
  readonly folder: string;
  readonly program: readonly [string, ...string[]];
}

/** What it printed, however much that is: the names of all files. */
async function inFolder(jail: Jail, { folder, program: [file, ...args] }: Order, stop: AbortSignal): Promise<string> {
  const chunks: Buffer[] = [];
  const mounts = [{ from: folder, at: AT, write: true }];
  const stdout = (chunk: Buffer): void => void chunks.push(chunk);
  const result = await jail.run({ file, args, env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' }, mounts, stdout }, stop);
  if (result.exitCode !== 0) throw notStarted('the copying of restored files', { jail, result, install: INSTALL });
  return Buffer.concat(chunks).toString('latin1');
}

/** The same place over the kept files, or over the copy of them. */
export function placeOver(place: ServerPlace, folder: string, which: 'kept' | 'copy'): ServerPlace {
  const top = join(folder, which === 'kept' ? KEPT : COPY);
  const below: Readonly<Record<string, string>> = { [DATA_AT]: join(top, 'data'), [TABLESPACES_AT]: join(top, 'tablespaces') };
  const mounts = place.mounts.map(mount => ({ ...mount, from: below[mount.at] ?? mount.from }));
  return { ...place, data: join(top, 'data'), mounts };
}
