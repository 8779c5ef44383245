import type { HandView } from './view.ts';

/** Debian's packages by the programs in them that commands may use. */
const PACKAGES: readonly (readonly [RegExp, string])[] = [
  [/\baws (?:s3|s3api) /, 'awscli'],
  [/\bborg /, 'borgbackup'],
  [/\bcpio /, 'cpio'],
  [/\bcurl /, 'curl'],
  [/\b(?:echoscu|findscu) /, 'dcmtk'],
  [/\bgit /, 'git'],
  [/\bjq /, 'jq'],
  [/\bldap(?:whoami|search) /, 'ldap-utils'],
  [/\bmariadb-backup /, 'mariadb-backup'],
  [/\bmariadb(?:-admin|-binlog)? /, 'mariadb-client'],
  [/\bmariadbd /, 'mariadb-server'],
  [/\bOrthanc /, 'orthanc'],
  [/\bperl /, 'perl'],
  [/\bpgbackrest /, 'pgbackrest'],
  [/\b(?:psql|pg_restore|createdb|pg_isready) /, 'postgresql-client'],
  [/\bresurgam /, 'Resurgam itself'],
  [/\brestic /, 'restic'],
  [/\bslap(?:d|add|cat) /, 'slapd'],
  [/\bsqlite3 /, 'sqlite3'],
  [/\bunzip /, 'unzip'],
];

/** What must be installed before the first command: with the network down nothing can be fetched. */
export function packagesOf({ components, questions }: Pick<HandView, 'components' | 'questions'>): readonly string[] {
  const code = [...components.flatMap(({ steps }) => steps), ...questions].map(step => step.code ?? '').join('\n');
  const servers = [...code.matchAll(/\/usr\/lib\/postgresql\/(\d+)\/bin/g)].map(([, major = '']) => `postgresql-${major}`);
  return [...new Set([...PACKAGES.filter(([used]) => used.test(code)).map(([, name]) => name), ...servers])].sort();
}
