import { expect, test } from 'vitest';
import { serverSettings, settingsIn } from '../../../src/backup/ldif/settings.ts';

const EXPORTED = `dn: cn=config
objectClass: olcGlobal
olcTLSCertificateFile: /etc/ssl/private.pem
olcServerID: 1

dn: cn=module{0},cn=config
olcModulePath: /srv/evil
olcModuleLoad: {0}back_mdb
olcModuleLoad: {1}/tmp/../memberof.la
olcModuleLoad: {2}back_perl
olcModuleLoad: {3}ours

dn: cn={4}lakeside,cn=schema,cn=config
objectClass: olcSchemaConfig
cn: {4}lakeside
olcAttributeTypes: {0}( 1.1 NAME 'badge'
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )

dn: olcDatabase={1}mdb,cn=config
olcSuffix: DC=lakeside, dc=example
olcDbDirectory: /var/lib/ldap
olcAccess: {0}to * by users read
olcSyncrepl: {0}rid=1 provider=ldap://elsewhere
olcDbIndex: uid eq

dn: olcDatabase={2}mdb,cn=config
olcSuffix: dc=other
olcAccess: {0}to * by * write
`;

test('of exported settings only definitions, access rules, indexes and installed modules are taken over', () => {
  const settings = settingsIn(Buffer.from(EXPORTED), 'ou=people,dc=lakeside,dc=example');
  const text = serverSettings({
    ...{ settings, usualSchema: 'USUAL', suffix: settings.suffix ?? '', sizeBytes: 1, installed: new Set(['memberof', 'back_perl']) },
  });

  expect(settings.suffix).toBe('DC=lakeside, dc=example');
  expect(text).toContain("olcAttributeTypes: {0}( 1.1 NAME 'badge' SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )");
  expect(text.match(/^olcModule.*$/gm)).toEqual(['olcModulePath: /usr/lib/ldap', 'olcModuleLoad: back_mdb', 'olcModuleLoad: memberof']);
  expect(text).toContain('olcDbIndex: uid eq');
  expect(text).toContain(`olcAccess:: ${Buffer.from('to * by users read').toString('base64')}`);
  expect(text).not.toMatch(/USUAL|private|elsewhere|var\/lib|by \* write|evil|back_perl|ours|olcServerID/);
});

test('an export without settings gets the definitions of the distribution', () => {
  const text = serverSettings({ settings: undefined, usualSchema: 'USUAL', suffix: 'dc=a', sizeBytes: 1, installed: new Set() });

  expect(text).toContain('USUAL');
  expect(text).toContain(`olcSuffix:: ${Buffer.from('dc=a').toString('base64')}`);
});
