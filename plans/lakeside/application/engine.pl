#!/usr/bin/perl
# The interface engine of a clinic that does not exist: it keeps the HL7 messages that went through it and an export of FHIR resources in
# its folder, takes new ones over HTTP, acknowledges them, and gives all of them back. What is new lies in a spool.
use strict;
use warnings;
use IO::Socket::INET;

my ($port, $kept, $spool) = @ARGV;
my $NAME = qr/[A-Za-z0-9.-]{1,64}/;
mkdir $spool;

sub content {
  my ($file) = @_;
  open(my $in, '<:raw', $file) or return undef;
  local $/;
  return scalar <$in>;
}

# Whole or not at all: another one may read it at once.
sub spool {
  my ($name, $text) = @_;
  open(my $out, '>:raw', "$spool/.$name") or return 0;
  return (print $out $text) && close($out) && rename("$spool/.$name", "$spool/$name");
}

sub take_message {
  my ($text) = @_;
  my ($control) = $text =~ /^MSH\|(?:[^|\r]*\|){8}($NAME)\|/ or return (400, "MSA|AR|\r");
  my $kind = spool("$control.hl7", $text) ? 'AA' : 'AE';
  return ($kind eq 'AA' ? 200 : 500, "MSH|^~\\&|ENGINE|LAKESIDE|||||ACK|$control|P|2.5\rMSA|$kind|$control\r");
}

sub message {
  my ($control) = @_;
  my ($file) = grep { -f } "$spool/$control.hl7", glob("$kept/messages/*/$control.hl7");
  my $text = defined $file ? content($file) : undef;
  return defined $text ? (200, $text) : (404, 'no such message');
}

sub take_resource {
  my ($type, $text) = @_;
  my ($said) = $text =~ /"resourceType"\s*:\s*"([A-Za-z]+)"/;
  my ($id) = $text =~ /"id"\s*:\s*"($NAME)"/;
  return (422, '{"resourceType":"OperationOutcome"}') unless defined $id && ($said // '') eq $type;
  return spool("$type-$id.json", $text) ? (201, $text) : (500, '{"resourceType":"OperationOutcome"}');
}

sub resource {
  my ($type, $id) = @_;
  my $new = content("$spool/$type-$id.json");
  return (200, $new) if defined $new;
  my ($line) = grep { /"id":"\Q$id\E"/ } split /\n/, content("$kept/fhir/$type.ndjson") // '';
  return defined $line ? (200, $line) : (404, '{"resourceType":"OperationOutcome"}');
}

sub answer {
  my ($asked, $body) = @_;
  return -d "$kept/messages" && -d "$kept/fhir" ? (200, 'ok') : (503, 'nothing is kept here') if $asked eq 'GET /healthz';
  return take_message($body) if $asked eq 'POST /hl7';
  return take_resource($1, $body) if $asked =~ m{^POST /fhir/([A-Z][A-Za-z]{1,40})$};
  return message($1) if $asked =~ m{^GET /hl7/($NAME)$};
  return resource($1, $2) if $asked =~ m{^GET /fhir/([A-Z][A-Za-z]{1,40})/($NAME)$};
  return (404, 'not here');
}

$SIG{PIPE} = 'IGNORE';
my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 64, ReuseAddr => 1) or die "port $port: $@\n";
# One after the other: an engine keeps the order of its messages.
while (my $client = $server->accept) {
  my ($asked, $length) = ('', 0);
  while (defined(my $line = <$client>)) {
    $line =~ s/\r?\n\z//;
    last if $line eq '';
    $asked = $1 if $asked eq '' && $line =~ m{^(\w+ \S+)};
    $length = $1 if $line =~ /^content-length: (\d{1,7})$/i;
  }
  read($client, my $body, $length);
  my ($status, $text) = answer($asked, $body // '');
  print $client "HTTP/1.1 $status x\r\nconnection: close\r\ncontent-length: " . length($text) . "\r\n\r\n$text";
  close $client;
}
