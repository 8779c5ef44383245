import { TAKE_SECRETS } from '../../system/handed-secrets.ts';

/**
 * Stays before the application in its jail. It takes the secrets of its environment from standard input, starts the application in its
 * folder, and waits: one that goes on in the background (as daemons do, ending with 0) is waited for as long as anything of it runs. What
 * was there before it, the relays and what they start, is none of it. Arguments: 1 if secrets come, the folder, the program.
 */
const LAUNCH = String.raw`
use strict;
${TAKE_SECRETS}
my ($secret, $folder, @program) = @ARGV;
take_secrets() if $secret;
open(STDIN, '<', '/dev/null');
chdir $folder or exit 125;
sub all {
  opendir(my $proc, '/proc') or exit 125;
  my %all;
  for my $pid (grep { /^\d+$/ } readdir $proc) {
    open(my $in, '<', "/proc/$pid/stat") or next;
    my $line = <$in> // next;
    my ($state, $parent) = $line =~ /\) (\S) (\d+) [^)]*$/ or next;
    $all{$pid} = $parent if $state ne 'Z';
  }
  return \%all;
}
my $before = all();
sub of_relay { return (exists $before->{$_[0]} and $_[0] != 1 and $_[0] != $$) }
my $child = fork; exit 125 unless defined $child;
if (!$child) { { no warnings; exec { $program[0] } @program } print STDERR "$program[0]: $!\n"; exit 127 }
waitpid $child, 0;
exit 128 + ($? & 127) if $? & 127;
exit($? >> 8) if $?;
while (1) {
  my $now = all();
  last unless grep { $_ != $$ and !exists $before->{$_} and !of_relay($now->{$_}) } keys %$now;
  select undef, undef, undef, 0.1;
}
exit 0;
`;

interface Launched {
  readonly program: readonly string[];
  /** Its folder in the jail. */
  readonly folder: string;
  readonly secrets: boolean;
}

export function launched({ program, folder, secrets }: Launched): { readonly file: string; readonly args: readonly string[] } {
  return { file: '/usr/bin/perl', args: ['-e', LAUNCH, secrets ? '1' : '0', folder, ...program] };
}
