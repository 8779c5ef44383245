import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeDirectorySystem } from '../../src/demo/lakeside/directory.ts';
import { SECRETS } from '../../src/demo/lakeside/place.ts';
import { bad, sample, type Sample } from './sample.ts';

let directory: Sample;
beforeAll(async () => {
  directory = await sample('directory', 'directory', makeDirectorySystem);
});
afterAll(() => directory[Symbol.asyncDispose]());

test('the directory comes back, and its people can sign in', async () => {
  const { record, stderr } = await directory.drill('healthy');

  expect([record.verdict, record.reasons], stderr).toEqual(['passed', []]);
  expect(record.workflows.map(({ name, outcome }) => [name, outcome])).toEqual([['Sign in', 'passed']]);
});

test.runIf(process.getuid?.() === 0)('whoever follows its printed runbook by hand has people who can sign in', async () => {
  const account = 'uid=doe-jane-9,ou=people,dc=lakeside,dc=example';

  const came = await directory.followed('healthy', `ldapwhoami -x -H ldap://127.0.0.1 -D ${account} -w '${SECRETS.account}'`);

  expect(came).toEqual([`dn:${account}`]);
});

test('an export that was cut off fails', async () => {
  const { record } = await directory.drill('cut', 'truncate -s -700 directory-*.ldif');

  expect(record.verdict).toBe('failed');
  expect(bad(record)).toContain('directory: backup.truncated');
});

test('settings that are in no backup take the definitions of the clinic with them', async () => {
  const { record } = await directory.drill('settings', 'rm config.ldif');

  expect(record.verdict).toBe('failed');
  expect(bad(record)).toContain('directory: restore.schema-missing');
});

test('an export without passwords, badges and most people comes back, and nobody can use it', async () => {
  const { record } = await directory.drill(
    'people',
    `sed -i -e '/^userPassword/d' -e '/^lakesideBadge/d' directory-*.ldif
     perl -i -00 -ne 'print unless /^dn: uid=doe-jane-[12]\\d,/' directory-*.ldif`,
  );

  expect(record.verdict).toBe('failed');
  expect(bad(record)).toEqual([
    'directory: ldap.attribute-missing',
    'directory: ldap.too-few',
    'directory: workflow.failed',
    'directory: workflow.sign-in-failed',
  ]);
});
