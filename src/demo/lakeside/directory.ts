import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { mkdir, mkdtemp, readFile, rm, writeFile } from '../../system/files.ts';
import { script, SECRETS, stamp, type SamplePlace } from './place.ts';

export const SUFFIX = 'dc=lakeside,dc=example';
const PEOPLE = 30;

/** The directory as a system of its own. */
export function makeDirectorySystem({ folder, stop }: SamplePlace): Promise<void> {
  return backUpDirectory(folder, stop);
}

/** An export whose name says its moment, and the settings beside it. */
export async function backUpDirectory(folder: string, stop: AbortSignal): Promise<void> {
  const { data, config } = await makeDirectory(stop);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `directory-${stamp()}.ldif`), data);
  await writeFile(join(folder, 'config.ldif'), config);
}

/** What `slapcat -n 1` and `slapcat -n 0` write of a directory with a schema of its own: made with slapadd, no server has to run for either. */
export async function makeDirectory(stop: AbortSignal): Promise<{ readonly data: string; readonly config: string }> {
  const folder = await mkdtemp('/tmp/resurgam-directory-');
  try {
    for (const name of ['config', 'data']) await mkdir(join(folder, name));
    await writeFile(join(folder, 'settings.ldif'), await settings(folder));
    await writeFile(join(folder, 'people.ldif'), people());
    const slap = (words: string): Promise<string> => script(`LC_ALL=C ${words}`, { cwd: folder, stop });
    await slap('slapadd -F config -n 0 -l settings.ldif && LC_ALL=C slapadd -F config -n 1 -l people.ldif');
    return { data: await slap('slapcat -F config -n 1'), config: await slap('slapcat -F config -n 0') };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function settings(folder: string): Promise<string> {
  const schemas = await Promise.all(
    ['core', 'cosine', 'nis', 'inetorgperson'].map(name => readFile(`/etc/ldap/schema/${name}.ldif`, 'utf8')),
  );
  return [
    'dn: cn=config\nobjectClass: olcGlobal\ncn: config\nolcPidFile: /run/slapd/slapd.pid\n',
    'dn: cn=module{0},cn=config\nobjectClass: olcModuleList\ncn: module{0}\nolcModulePath: /usr/lib/ldap\nolcModuleLoad: back_mdb\nolcModuleLoad: ppolicy\n',
    'dn: cn=schema,cn=config\nobjectClass: olcSchemaConfig\ncn: schema\n',
    ...schemas,
    [
      'dn: cn=lakeside,cn=schema,cn=config',
      'objectClass: olcSchemaConfig',
      'cn: lakeside',
      "olcAttributeTypes: ( 1.3.6.1.4.1.99999.1 NAME 'lakesideBadge' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )",
      "olcObjectClasses: ( 1.3.6.1.4.1.99999.2 NAME 'lakesidePerson' SUP top AUXILIARY MAY lakesideBadge )",
      '',
    ].join('\n'),
    [
      'dn: olcDatabase={1}mdb,cn=config',
      'objectClass: olcDatabaseConfig',
      'objectClass: olcMdbConfig',
      'olcDatabase: {1}mdb',
      `olcSuffix: ${SUFFIX}`,
      `olcRootDN: cn=admin,${SUFFIX}`,
      `olcDbDirectory: ${join(folder, 'data')}`,
      'olcDbIndex: uid eq',
      'olcAccess: {0}to attrs=userPassword by self write by anonymous auth by * none',
      'olcAccess: {1}to * by users read by * none',
      '',
    ].join('\n'),
  ].join('\n');
}

function people(): string {
  const salt = Buffer.from('lakeside');
  const hash = Buffer.concat([createHash('sha1').update(SECRETS.account).update(salt).digest(), salt]).toString('base64');
  const person = (number: number): string =>
    [
      `dn: uid=doe-jane-${number},ou=people,${SUFFIX}`,
      'objectClass: inetOrgPerson',
      'objectClass: lakesidePerson',
      `uid: doe-jane-${number}`,
      `cn: Jané Doe ${number}`,
      'sn: Doe',
      `lakesideBadge: ${1000 + number}`,
      `userPassword: {SSHA}${hash}`,
      '',
    ].join('\n');
  return [
    `dn: ${SUFFIX}\nobjectClass: top\nobjectClass: dcObject\nobjectClass: organization\no: Lakeside\ndc: lakeside\n`,
    `dn: ou=people,${SUFFIX}\nobjectClass: organizationalUnit\nou: people\n`,
    ...Array.from({ length: PEOPLE }, (_, at) => person(at)),
  ].join('\n');
}
