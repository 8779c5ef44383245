/**
 * Each program of a jail has a network of its own, so a server that only speaks TCP is reached through Unix sockets in a folder that both
 * are given: beside the server this relay leads each socket to its port, beside a client each port to its socket. The program itself takes
 * the place of this one, so that signals reach it; in Perl for the reasons of the isolation proof.
 */
const RELAY = String.raw`
use strict; use Socket; use IO::Select;
my ($mode, $folder, $ports, @program) = @ARGV;
my @ports = split /,/, $ports;
sub at_port { my $socket; socket($socket, AF_INET, SOCK_STREAM, 0) or die; return ($socket, pack_sockaddr_in($_[0], INADDR_LOOPBACK)) }
sub at_file { my $socket; socket($socket, AF_UNIX, SOCK_STREAM, 0) or die; return ($socket, pack_sockaddr_un("$folder/$_[0]")) }
my %near;
for my $port (@ports) {
  my ($socket, $address) = $mode eq 'serve' ? at_file($port) : at_port($port);
  unlink "$folder/$port" if $mode eq 'serve';
  setsockopt($socket, SOL_SOCKET, SO_REUSEADDR, 1) if $mode ne 'serve';
  bind($socket, $address) and listen($socket, 64) or exit 125;
  $near{fileno $socket} = [$socket, $port];
}
sub pump {
  my ($one, $other) = @_;
  my %to = (fileno($one) => $other, fileno($other) => $one);
  my $open = IO::Select->new($one, $other);
  while ($open->count) {
    for my $from ($open->can_read) {
      my $into = $to{fileno $from};
      my $got = sysread($from, my $bytes, 65536);
      if (!$got) { $open->remove($from); shutdown($into, 1); next }
      for (my $at = 0; $at < $got;) { my $done = syswrite($into, $bytes, $got - $at, $at); defined $done or return; $at += $done }
    }
  }
}
if (fork == 0) {
  $SIG{CHLD} = 'IGNORE'; $SIG{PIPE} = 'IGNORE';
  open(STDIN, '<', '/dev/null'); open(STDOUT, '>', '/dev/null'); open(STDERR, '>', '/dev/null');
  my $waiting = IO::Select->new(map { $_->[0] } values %near);
  while (1) {
    for my $socket ($waiting->can_read) {
      accept(my $come, $socket) or next;
      my $port = $near{fileno $socket}[1];
      if (fork == 0) {
        my ($far, $address) = $mode eq 'serve' ? at_port($port) : at_file($port);
        pump($come, $far) if connect($far, $address);
        exec('/bin/true');
      }
      close $come;
    }
  }
}
exec(@program) or exit 127;
`;

/** Where the sockets are, in the jails of server and clients. */
export const PORTS_AT = '/ports';

interface Relayed {
  readonly file: string;
  readonly args: readonly string[];
}

/** The program with its ports reachable by sockets (`serve`), or one for which those ports are there on 127.0.0.1 (`reach`). */
export function withPorts(mode: 'serve' | 'reach', ports: readonly number[], { file, args }: Relayed): Relayed {
  return { file: '/usr/bin/perl', args: ['-e', RELAY, mode, PORTS_AT, ports.join(','), file, ...args] };
}
