/**
 * Tries every way out of a jail, in Perl: of all languages the one that every Debian has (`perl-base` is essential) and that can open
 * sockets. Arguments are `name=value`. It prints `attempt ways` for each attempt that could be made, and `control 1` last, if what the
 * jail must be able to do could be done: else "could not write" would prove nothing.
 */
export const TRIES = String.raw`
use strict; use Socket;
my %given; for (@ARGV) { my ($name, $value) = split /=/, $_, 2; push @{$given{$name}}, $value }
sub one { my $all = $given{$_[0]}; return $all ? $all->[0] : '' }
sub lines_of { open(my $file, '<', $_[0]) or return (); my @lines = <$file>; return @lines }
sub answer { print "$_[0] $_[1]\n" }
sub reads { my $path = $_[0]; opendir(my $folder, $path) and return 1; -d $path and return 0; open(my $file, '<', $path) and return 1; return 0 }
sub makes { my $path = "$_[0]/resurgam-try-$$"; open(my $file, '>', $path) or return 0; close $file; unlink $path; return 1 }
sub appends { open(my $file, '>>', $_[0]) and return 1; return 0 }
sub started { my ($line) = lines_of("/proc/$_[0]/stat"); defined $line or return ''; $line =~ s/.*\) //; return (split / /, $line)[19] }
sub reached_in_child {
  my ($limit, $try) = @_;
  my $child = fork; defined $child or return undef;
  if (!$child) { open(STDOUT, '>', '/dev/null'); open(STDERR, '>', '/dev/null'); alarm $limit; exec('/bin/false') unless $try->(); exec('/bin/true') }
  waitpid $child, 0; return $? == 0 ? 1 : 0;
}
$| = 1; alarm 20;

my @interfaces = grep { defined } map { /^\s*([^:\s|]+):/ ? $1 : undef } lines_of('/proc/net/dev');
if (socket(my $probe, AF_INET, SOCK_DGRAM, 0) and @interfaces) {
  my $ways = 0;
  for my $name (@interfaces) {
    my $request = pack('a16 s x22', $name, 0);
    $ways++ if $name ne 'lo' and ioctl($probe, 0x8913, $request) and unpack('x16 s', $request) & 1;
  }
  $ways += grep { !/^Iface/ and !/^lo\s/ } lines_of('/proc/net/route');
  $ways++ if connect($probe, sockaddr_in(9, inet_aton('192.0.2.1')));
  answer('network', $ways);
}

if (socket(my $echo, AF_INET, SOCK_DGRAM, 0)) {
  my $ways = 0;
  if (connect($echo, sockaddr_in(one('echo'), inet_aton('127.0.0.1'))) and send($echo, 'who', 0)) {
    my $ready = ''; vec($ready, fileno($echo), 1) = 1;
    $ways++ if select($ready, undef, undef, 0.3) and defined recv($echo, my $reply, 16, 0);
  }
  my $named = reached_in_child(2, sub { return defined gethostbyname('example.com') });
  answer('dns', $ways + $named) if defined $named;
}

if (socket(my $stream, AF_INET, SOCK_STREAM, 0)) {
  answer('host-ports', connect($stream, sockaddr_in(one('port'), inet_aton('127.0.0.1'))) ? 1 : 0);
}
if (socket(my $short, AF_UNIX, SOCK_STREAM, 0) and socket(my $long, AF_UNIX, SOCK_STREAM, 0)) {
  # Whether the name ends with its last letter or with the field depends on the listener's library.
  my @ends = ([$short, 'S a*'], [$long, 'S a108']);
  answer('host-sockets', scalar grep { connect($_->[0], pack($_->[1], AF_UNIX, "\0" . one('abstract'))) } @ends);
}

my $accounts = () = lines_of('/etc/passwd');
sub is_hosts { my ($path, $device, $number) = split /:/, $_[0]; my @is = stat $path; return @is && $is[0] == $device && $is[1] == $number ? 1 : 0 }
# Copies of what an engine hands to every container: not this machine's own files, so they are known by their being mounted.
my $handed = grep { (split ' ')[4] =~ m{^/run/secrets(/|$)} } lines_of('/proc/self/mountinfo');
answer('files', (grep { reads($_) } @{$given{file}}) + (grep { is_hosts($_) } @{$given{same}}) + $handed + ($accounts > 2 ? 1 : 0));

my %usual = map { $_ => 1 } qw(PATH HOME LANG PWD OLDPWD SHLVL _);
my $seen = grep { !$usual{$_} } keys %ENV;
my $token = one('token');
for my $path (glob '/proc/[0-9]*/environ') { $seen += grep { index($_, $token) >= 0 } lines_of($path) }
answer('environment', $seen);

my @pids = map { [split /:/, $_] } @{$given{process}};
answer('processes', scalar grep { started($_->[0]) eq $_->[1] } @pids) if started($$) ne '';
answer('signals', one('decoy') > 9 ? kill('KILL', one('decoy')) : 0);

my @folders = ('/', '/usr', '/usr/bin', '/usr/local', '/etc', '/dev', '/proc', '/proc/sys/kernel', @{$given{outside}});
my @files = ('/etc/passwd', '/usr/bin/env', '/proc/sys/kernel/core_pattern', '/proc/sys/kernel/hostname', '/proc/sysrq-trigger');
answer('writing', (grep { makes($_) } @folders) + (grep { appends($_) } @files));

my $staged = one('staged');
answer('staging', makes($staged) + appends("$staged/tried") + (chmod(0777, "$staged/tried") ? 1 : 0) + (rename("$staged/tried", "$staged/moved") ? 1 : 0));

my %status = map { /^(\w+):\s*(.*)/ ? ($1, $2) : () } lines_of('/proc/self/status');
if (%status) {
  my $ways = grep { hex($status{$_}) != 0 } qw(CapInh CapPrm CapEff CapAmb);
  $ways++ if $status{NoNewPrivs} != 1;
  $ways++ if one('filtered') and $status{Seccomp} != 2;
  $ways++ if $> == 0 or $< == 0;
  answer('privileges', $ways);
}

my $me = $>;
my $proof = one('proof'); my $other = qx($proof/id -u 2>/dev/null); chomp $other;
if ($other =~ /^\d+$/) { my $gained = $other != $me ? 1 : 0; $> = 0; $gained++ if $> != $me; answer('setuid', $gained) }

my @made = map { my $kind = $_; reached_in_child(5, sub { return system('/usr/bin/unshare', $kind, '/bin/true') == 0 }) } ('--user', '--mount');
answer('namespaces', $made[0] + $made[1]) if -x '/usr/bin/unshare' and 2 == grep { defined } @made;

answer('control', makes(one('own')) && (reads("$staged/tried") or reads("$staged/moved")) ? 1 : 0);
`;
