import { TAKE_SECRETS } from '../../system/handed-secrets.ts';

/**
 * The first program in a container, in Perl for the same reason as the proof. It empties the environment that the engine made, takes
 * secrets from its standard input (an engine would write them to its disk), lays the system call filter on itself, starts the program and
 * takes in orphans. It is of the same user as they are, and outlives us only as long as it obeys: so it closes its own memory to them
 * (`PR_SET_DUMPABLE`), which the program that it starts gets back. Arguments: number of `prctl`, filter (hexadecimal), 1 if secrets come, 1 if it is moved to the
 * sandbox's own group (it waits for that: what a program takes before is counted where nobody looks), number of variables, each of them, the program.
 */
export const INSIDE = String.raw`
use strict;
my ($prctl, $filter, $secret, $moved, $count, @rest) = @ARGV;
if ($moved) { for (1 .. 400) { open(my $own, '<', '/proc/self/cgroup') or last; last unless grep { /:memory:.*[0-9a-f]{64}$/ } <$own>; select undef, undef, undef, 0.005 } }
%ENV = ();
for (splice @rest, 0, $count) { my ($name, $value) = split /=/, $_, 2; $ENV{$name} = $value }
${TAKE_SECRETS}
take_secrets() if $secret;
$ENV{PWD} = '/'; chdir '/';
if ($filter ne '') {
  my $code = pack 'H*', $filter; my $program = pack 'S x![P] P', length($code) / 8, $code;
  exit 125 if syscall($prctl + 0, 22, 2, $program) != 0;
}
exit 125 if $prctl and syscall($prctl + 0, 4, 0, 0, 0, 0) != 0;
$SIG{TERM} = sub { exit 143 };
my $child = fork; exit 125 unless defined $child;
if (!$child) { $SIG{TERM} = 'DEFAULT'; { no warnings; exec { $rest[0] } @rest } print STDERR "$rest[0]: $!\n"; exit 127 }
for my $stream (*STDIN, *STDOUT, *STDERR) { open $stream, '+<', '/dev/null' }
while (1) { my $gone = wait; exit 125 if $gone < 0 and !$!{EINTR}; exit($? & 127 ? 128 + ($? & 127) : $? >> 8) if $gone == $child }
`;

/** Number of `prctl` by processor as Node names it. */
const PRCTL: Readonly<Record<string, number>> = { x64: 157, arm64: 167 };

export interface InsideOrder {
  /** Bytes of the system call filter; undefined where there is none. */
  readonly filter: Buffer | undefined;
  readonly secrets: boolean;
  /** Into the sandbox's own groups, from outside, once it is there. */
  readonly moved: boolean;
  readonly env: Readonly<Record<string, string>>;
  readonly program: readonly string[];
}

/** The command that a container is told to run. */
export function insideCommand({ filter, secrets, moved, env, program }: InsideOrder): readonly string[] {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const prctl = String(PRCTL[process.arch] ?? 0);
  return [
    ...['/usr/bin/perl', '-e', INSIDE, prctl, filter?.toString('hex') ?? '', secrets ? '1' : '0', moved ? '1' : '0'],
    ...[String(variables.length), ...variables, ...program],
  ];
}
