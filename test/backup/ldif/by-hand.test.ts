import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { HAND_PREPARE } from '../../../src/backup/by-hand.ts';
import { ldif } from '../../../src/backup/ldif/tool.ts';
import { typeAway } from '../../fixtures/by-hand-machine.ts';
import { directorySource, PASSWORD, SUFFIX } from '../../fixtures/directory-source.ts';
import { accessTo } from '../../fixtures/recovering.ts';

test.runIf(process.getuid?.() === 0)('without settings among the exports the usual ones are typed, and people can sign in', async () => {
  await using source = await directorySource();
  // As other tools than slapcat write it, and without definitions of the clinic's own.
  const usual = source.data
    .replaceAll(/^objectClass: lakesidePerson\n|^lakesideBadge: .*\n/gm, '')
    .replaceAll(/^structuralObjectClass: .*\n/gm, '');
  await writeFile(join(source.folder, 'export.ldif'), `version: 1\n\n${usual}`);
  const { section } = accessTo(ldif, { from: source.folder });
  const { fetch, restore, start = [] } = ldif.byHand(section, { component: 'part', major: null, port: 5432, database: null });
  const account = `uid=doe-jane-3,ou=people,${SUFFIX}`;
  const asked = `ldapwhoami -x -H ldap://127.0.0.1 -D ${account} -w '${PASSWORD}'`;

  const typed = await typeAway([...HAND_PREPARE, ...fetch, ...restore, ...start, 'echo "=== asked"', asked].join('\n'));

  expect(typed.stdout.split('=== asked\n')[1], typed.stderr).toBe(`dn:${account}\n`);
});
