import type { BackupSection } from '../../plan/plan.ts';
import { handFolder, quoted, takeNewest, untilListens, type ByHand, type HandPlace } from '../by-hand.ts';
import { bucketOf } from '../dump-files/place-options.ts';
import { readOptions, type LdifOptions } from './options.ts';

/** A directory of its own beside whatever slapd this machine has: with the settings of the source if they are there, else with the usual ones. */
export function byHand(section: BackupSection, { component }: HandPlace): ByHand {
  const options = readOptions(section);
  const folder = handFolder(component);
  const settings = `"$RECOVERED/${component}/settings"`;
  const database = options.suffix === undefined ? '-n 1' : `-b ${quoted(options.suffix)}`;
  return {
    fetch: fetchLines(options),
    restore: [
      `mkdir -p ${folder}/settings`,
      ...usualSettings(options, component),
      `opened "$SETTINGS" | sed -z 's/\\n //g' | grep -v -e '^olcPidFile:' -e '^olcArgsFile:' | sed "s|^olcDbDirectory: |&$RECOVERED/${component}|" > ${folder}/settings.ldif`,
      `sed -n 's/^olcDbDirectory: //p' ${folder}/settings.ldif | xargs -d '\\n' mkdir -p`,
      `slapadd -n 0 -F ${settings} -l ${folder}/settings.ldif`,
      `opened "$BACKUP" | sed '1,/^dn:/{/^version:/d}' | slapadd -q ${database} -F ${settings}`,
      `test "$(slapcat ${database} -F ${settings} | grep -c '^dn:')" = "$(opened "$BACKUP" | grep -c '^dn:')" # as many entries as the export`,
      `chown -R openldap:openldap ${folder}`,
    ],
    start: [
      `slapd -u openldap -g openldap -F ${settings} -h ldap://127.0.0.1/`,
      // It is back before it listens.
      untilListens(389, 60),
    ],
    startRemarks: [
      'No other slapd may run: systemctl stop slapd. If the settings name certificates (grep olcTLS), they must lie where the settings say.',
    ],
    remarks: [
      'Needed: the package slapd. Its own directory (/var/lib/ldap, /etc/ldap/slapd.d) is left as it is: everything is made in a folder of its own.',
      'Settings are what slapcat -n 0 wrote. Where none lie among the exports, usual ones are written, without definitions and access rules of your own.',
    ],
    afterwards: [
      `${component}: it answers on this machine alone. Stop it (pkill slapd) and start it with -h 'ldap:/// ldaps:///', or move ${settings} and the folders that it names to where the machine starts slapd by itself.`,
    ],
  };
}

/** Settings and entries are told apart by their first lines, whatever their names. */
function fetchLines(options: LdifOptions): readonly string[] {
  const named = options.config === undefined ? '' : quoted(options.config);
  if (bucketOf(options.from) !== undefined) return [`SETTINGS=${named}`, ...takeNewest(options, ['*config*'])];
  const matching = options.pattern === undefined ? '' : ` -path ${quoted(`${options.from}/${options.pattern.replaceAll('**/', '*')}`)}`;
  return [
    `SETTINGS=${named} BACKUP=`,
    'while IFS= read -r FILE; do',
    `  if [ "$(opened "$FILE" | head -c 4096 | grep -c '^dn: cn=config$')" -gt 0 ]; then ${named === '' ? 'SETTINGS="$FILE"' : ':'}; else BACKUP="$FILE"; fi`,
    `done < <(oldest_first ${quoted(options.from)}${matching})`,
    'test -n "$BACKUP" && ls -l "$BACKUP" ${SETTINGS:+"$SETTINGS"}',
  ];
}

const SCHEMA = ['core', 'cosine', 'nis', 'inetorgperson'];

function usualSettings({ suffix }: LdifOptions, component: string): readonly string[] {
  const file = `"$RECOVERED/${component}/usual.ldif"`;
  const topmost =
    suffix === undefined
      ? `$(opened "$BACKUP" | awk '/^dn: / && !found++ { print substr($0, 5) }')`
      : suffix.replaceAll(/[\\$`]/g, String.raw`\$&`);
  return [
    `if [ -z "$SETTINGS" ]; then SETTINGS=${file}; cat > "$SETTINGS" <<LDIF`,
    ...['dn: cn=config', 'objectClass: olcGlobal', 'cn: config', ''],
    ...[
      'dn: cn=module{0},cn=config',
      'objectClass: olcModuleList',
      'cn: module{0}',
      'olcModulePath: /usr/lib/ldap',
      'olcModuleLoad: back_mdb',
    ],
    ...['', 'dn: cn=schema,cn=config', 'objectClass: olcSchemaConfig', 'cn: schema', ''],
    ...SCHEMA.map(name => `include: file:///etc/ldap/schema/${name}.ldif`),
    ...['', 'dn: olcDatabase={1}mdb,cn=config', 'objectClass: olcDatabaseConfig', 'objectClass: olcMdbConfig', 'olcDatabase: {1}mdb'],
    ...[`olcSuffix: ${topmost}`, 'olcDbDirectory: /data', 'olcDbMaxSize: 10737418240'],
    ...['olcAccess: to attrs=userPassword by anonymous auth by * none', 'olcAccess: to * by users read by * none', 'LDIF', 'fi'],
  ];
}
