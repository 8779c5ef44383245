/**
 * Each program of a jail has a network of its own, so a server that only speaks TCP is reached through Unix sockets in a folder that both
 * are given: beside the server this relay leads each socket to its port, beside a client each port to its socket. The program itself takes
 * the place of this one, so that signals reach it; in Perl for the reasons of the isolation proof. A server that is not at its port leaves
 * word of the ports at which somebody listens.
 */
const RELAY = String.raw`
use strict; use Socket; use IO::Select;
my ($mode, $folder, $ports, @program) = @ARGV;
my (@ports, %socket);
for (split /,/, $ports) { my ($port, $at) = split /=/, $_, 2; push @ports, $port; $socket{$port} = $at // "$folder/$port" }
sub at_port { my $socket; socket($socket, AF_INET, SOCK_STREAM, 0) or die; return ($socket, pack_sockaddr_in($_[0], INADDR_LOOPBACK)) }
sub at_file { my $socket; socket($socket, AF_UNIX, SOCK_STREAM, 0) or die; return ($socket, pack_sockaddr_un($socket{$_[0]})) }
sub leave_word {
  my %seen;
  for my $table ('tcp', 'tcp6') {
    open(my $in, '<', "/proc/net/$table") or next;
    while (<$in>) { my (undef, $local, undef, $state) = split; $seen{hex $1} = 1 if ($state // '') eq '0A' and $local =~ /:([0-9A-F]{4})$/ }
  }
  open(my $out, '>', "$folder/LISTENING") or return;
  print $out join ',', keys %seen;
  close $out;
}
my %near;
for my $port (@ports) {
  my ($socket, $address) = $mode eq 'serve' ? at_file($port) : at_port($port);
  unlink $socket{$port} if $mode eq 'serve';
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
        if (connect($far, $address)) { pump($come, $far) } elsif ($mode eq 'serve') { leave_word() }
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
/** File beside them: at which ports somebody listens where nobody did at the one that was asked. */
export const WORD = 'LISTENING';

/** A port; or one of a server of another jail, whose socket is at a place of its own. */
export type Port = number | { readonly port: number; readonly socket: string };

interface Relayed {
  readonly file: string;
  readonly args: readonly string[];
}

/** The program with its ports reachable by sockets (`serve`), or one for which those ports are there on 127.0.0.1 (`reach`). */
export function withPorts(mode: 'serve' | 'reach', ports: readonly Port[], { file, args }: Relayed): Relayed {
  const said = ports.map(port => (typeof port === 'number' ? String(port) : `${port.port}=${port.socket}`));
  return { file: '/usr/bin/perl', args: ['-e', RELAY, mode, PORTS_AT, said.join(','), file, ...args] };
}
