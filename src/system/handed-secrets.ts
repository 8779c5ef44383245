/**
 * Secrets for a jailed program on their way through its standard input: arguments can be read by everybody, and an engine of containers
 * writes an environment to its disk. In Perl, for a program that is given the text before its own input: takes them into its environment.
 */
export const TAKE_SECRETS = String.raw`
sub take { my $bytes = ''; while (length $bytes < $_[0]) { sysread(STDIN, $bytes, $_[0] - length $bytes, length $bytes) or exit 125 } return $bytes }
sub take_secrets { my @all = split /\0/, take(take(10)), -1; while (@all > 1) { my ($name, $value) = splice @all, 0, 2; $ENV{$name} = $value } }
`;

/** What is put before a program's own standard input: ten digits of length, then names and values. */
export function secretsText(secrets: Readonly<Record<string, string>>): string {
  const text = Object.entries(secrets)
    .map(([name, value]) => `${name}\0${value}\0`)
    .join('');
  return `${String(Buffer.byteLength(text)).padStart(10, '0')}${text}`;
}
