#!/usr/bin/perl
# The EHR application of a clinic that does not exist: charts, documents, orders, results, appointments and an interface, over a
# PostgreSQL database (PGHOST, PGUSER, PGDATABASE) and a folder of documents. It stands here as what a vendor's application is: something
# that is started over what came back, and asked over HTTP.
use strict;
use warnings;
use IO::Socket::INET;

my ($port, $documents) = @ARGV;
my $psql = (grep { -x } map { "/usr/lib/postgresql/$_/bin/psql" } reverse 12 .. 20)[0] // '/usr/bin/psql';
$SIG{CHLD} = 'IGNORE';
$SIG{PIPE} = 'IGNORE';

# One value as text; undef if the database did not answer or has no such row.
sub value {
  my ($query) = @_;
  open(my $out, '-|', $psql, '-XAtqc', $query) or return undef;
  local $/;
  my $text = <$out>;
  close $out;
  return undef unless defined $text && $text ne '';
  $text =~ s{\n\z}{};
  return $text;
}

sub chart { return value("select clinic.chart_open($_[0])") }

sub document {
  my $row = value("select path || ' ' || sha256 from clinic.stored_file where id = $_[0]") // return (404, 'no such document');
  my ($path, $digest) = split / /, $row;
  open(my $in, '<', "$documents/$path") or return (500, 'the document is not there');
  local $/;
  my $text = <$in>;
  my ($found) = `/usr/bin/sha256sum "$documents/$path"` =~ /^([0-9a-f]{64})/;
  return ($found // '') eq $digest ? (200, $text) : (500, 'the document is another one');
}

sub accept_message {
  my ($text) = @_;
  my ($control) = $text =~ /^MSH\|(?:[^|]*\|){8}([A-Za-z0-9]{1,40})\|/ or return (400, "MSA|AR|\r");
  my $id = value("insert into clinic.interface_message (control_id, body) values ('$control', convert_from(decode('"
      . unpack('H*', $text) . "', 'hex'), 'UTF8')) returning id");
  return defined $id ? (200, "MSH|^~\\&|EHR|LAKESIDE|||||ACK|$control|P|2.5\rMSA|AA|$control\r") : (500, "MSA|AE|$control\r");
}

my %answers = (
  healthz => sub { defined value('select 1') && -d $documents ? (200, 'ok') : (503, 'not ready') },
  login => sub { (value('select count(*) from clinic.staff where active') // 0) > 0 ? (200, '<h1>Sign in</h1>') : (503, 'nobody can sign in') },
  chart => sub { my $json = chart($_[0]); defined $json ? (200, $json) : (404, '{}') },
  document => sub { document($_[0]) },
  schedule => sub { counted('appointments', "select count(*) from clinic.appointment where state in ('booked', 'arrived')") },
  medication => sub { counted('orders', "select count(*) from clinic.medication_order where state = 'active'") },
  lab => sub { counted('results', 'select count(*) from clinic.lab_result') },
  print => sub { my ($status, $text) = document($_[0]); $status == 200 ? (200, "%!PS\n($text) show\nshowpage\n") : ($status, $text) },
  site => sub { counted('patients', "select count(*) from clinic.patient where site = '$_[0]'") },
  module => sub { my $state = value("select state from clinic.vendor_module where name = '$_[0]'"); defined $state ? (200, $state) : (404, 'none') },
  hl7 => sub { my $text = value("select body from clinic.interface_message where control_id = '$_[0]'"); defined $text ? (200, $text) : (404, '') },
  fhir => sub {
    my $row = value("select json_build_object('resourceType', 'Patient', 'id', id::text, 'active', true) from clinic.patient where id = $_[0]");
    defined $row ? (200, $row) : (404, '{"resourceType":"OperationOutcome"}');
  },
);

sub counted {
  my ($name, $query) = @_;
  my $count = value($query);
  return defined $count ? (200, "{\"$name\": $count}") : (500, '{}');
}

sub answer {
  my ($method, $path, $body) = @_;
  return accept_message($body) if $method eq 'POST' && $path eq '/hl7';
  my ($name, $rest) = $path =~ m{^/(\w+)(?:/Patient)?(?:/([A-Za-z0-9]{1,40}))?$} or return (404, 'not here');
  my $does = $answers{$name} or return (404, 'not here');
  $rest //= '1';
  return (404, 'not here') if $name =~ /^(?:chart|document|print|fhir)$/ && $rest !~ /^\d{1,15}$/;
  return $does->($rest);
}

my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 64, ReuseAddr => 1) or die "port $port: $@\n";
while (1) {
  my $client = $server->accept or next;
  my $child = fork;
  if ($child) { close $client; next }
  $SIG{CHLD} = 'DEFAULT';
  close $server;
  my $head = '';
  while ($head !~ /\r\n\r\n/) { sysread($client, $head, 4096, length $head) or exit }
  my ($first, $body) = split /\r\n\r\n/, $head, 2;
  my ($method, $path) = $first =~ m{^(\w+) (\S+)};
  my ($length) = $first =~ /^content-length: (\d+)/mi;
  while (length $body < ($length // 0)) { sysread($client, $body, 65536, length $body) or last }
  my ($status, $text) = answer($method // '', $path // '', $body);
  print $client "HTTP/1.1 $status x\r\ncontent-length: " . length($text) . "\r\nconnection: close\r\n\r\n$text";
  close $client;
  exit;
}
