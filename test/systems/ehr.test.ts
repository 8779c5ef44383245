import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeEhr } from '../../src/demo/lakeside/ehr.ts';
import { SECRETS } from '../../src/demo/lakeside/place.ts';
import { bad, sample, type Sample } from './sample.ts';

let ehr: Sample;
let healthy: Awaited<ReturnType<Sample['drill']>>;
beforeAll(async () => {
  ehr = await sample('ehr-system', 'ehr', place => makeEhr(place, { rows: 5_000 }));
  healthy = await ehr.drill('healthy');
});
afterAll(() => ehr[Symbol.asyncDispose]());

/** Makes another snapshot of the documents, changed by a script in their folder. */
const again = (change: string): string => `export RESTIC_PASSWORD='${SECRETS.restic}'
mkdir ../again && restic -q --no-cache -r restic restore latest --target ../again && cd ../again && ${change}
restic -q --no-cache -r "$OLDPWD/restic" backup . && cd "$OLDPWD" && rm -rf ../again`;

test('the EHR of five components comes back, is usable, and says which of them own the time', () => {
  const { record, stderr } = healthy;

  expect([record.verdict, record.reasons], stderr).toEqual(['passed', []]);
  expect(record.criticalPath?.critical).toEqual(['database', 'application']);
  expect(record.workflows.every(one => one.outcome === 'passed')).toBe(true);
  expect(record.sandbox?.networkAttempts).toBe(0);
  expect(record.limitations.filter(one => /withheld|fit together|newest that fits/.test(one))).toEqual([]);
});

/** What is asked of the system when the document has been followed to its end: nothing of it comes from the document. */
const ASKED = `curl -sS http://127.0.0.1:8080/chart/1
echo; curl -sS http://127.0.0.1:8080/document/1 | head -c 62
echo; ldapwhoami -x -H ldap://127.0.0.1 -D uid=doe-jane-7,ou=people,dc=lakeside,dc=example -w '${SECRETS.account}'
ldapwhoami -x -H ldap://127.0.0.1 -D uid=doe-jane-7,ou=people,dc=lakeside,dc=example -w 'not it' 2>&1 || true
sqlite3 "$RECOVERED/interface/interface.db" 'select count(*), max(position) from queue'
psql -XAtc 'select count(*) from clinic.interface_message' -c 'select pg_is_in_recovery()'
curl -sS http://127.0.0.1:8080/hl7/MSG40`;

test.runIf(process.getuid?.() === 0)(
  'whoever follows its printed runbook by hand, with the network down, has charts, documents, accounts and messages back',
  async () => {
    const [chart = '', letter, dn, refused, queue, messages, replaying, message] = await ehr.followed('healthy', ASKED);

    expect(JSON.parse(chart)).toMatchObject({ patient: { id: 1 } });
    expect(letter).toBe('{"resourceType":"DocumentReference","id":"1","content":"Letter');
    expect(dn).toBe('dn:uid=doe-jane-7,ou=people,dc=lakeside,dc=example');
    expect(refused).toContain('Invalid credentials');
    // The document itself sends one more message, after the newest that was archived.
    expect([queue, messages, replaying]).toEqual(['40|40', '41', 'f']);
    expect(message).toContain('ORU^R01|MSG40');
  },
);

describe('each fault is found in the component that has it', () => {
  test('bytes that are lost, cut or flipped in the stores of four of them; what runs over them is not even started', async () => {
    const { record } = await ehr.drill(
      'bytes',
      `rm "$(find pgbackrest/archive -name '0000*.gz' | sort | tail -n 2 | head -n 1)"
       file=$(find restic/data -type f -size +4k | head -n 1); chmod u+w $file; printf 'xxxx' | dd of=$file bs=1 seek=2000 conv=notrunc status=none
       truncate -s -700 directory/directory-*.ldif; truncate -s 5000 interface/*.db`,
    );

    expect(record.verdict).toBe('failed');
    // Which of the documents are hit, and so what else restic says of them, is another matter each time.
    expect(bad(record).filter(one => !one.startsWith('documents: backup.'))).toEqual([
      'database: backup.wal-gap',
      'directory: backup.truncated',
      'documents: restore.corrupt',
      'interface: backup.truncated',
    ]);
    expect(record.findings.find(one => one.code === 'drill.need-not-met')).toMatchObject({ component: 'application' });
  });

  test('stores that are empty, and a directory without its definitions', async () => {
    const { record } = await ehr.drill(
      'empty',
      'rm -rf pgbackrest/backup/ehr/2*; rm -rf restic/snapshots/*; rm directory/config.ldif; rm interface/*',
    );

    expect(record.verdict).toBe('failed');
    expect(bad(record)).toEqual([
      'database: backup.base-missing',
      'database: select.no-recovery-point',
      'directory: ldap.entries-missing',
      'directory: ldap.too-few',
      'directory: restore.schema-missing',
      'directory: workflow.failed',
      'directory: workflow.sign-in-failed',
      'documents: select.no-recovery-point',
      'interface: select.no-recovery-point',
    ]);
  });

  test('contents that came back faithfully and are wrong', async () => {
    const { record } = await ehr.drill(
      'contents',
      `sqlite3 interface/*.db "update queue set state = 'lost' where position < 3; insert into queue values (900, 'MSG900', 'sent')"
       sed -i '/^userPassword/d' directory/directory-*.ldif
       ${again("echo '{}' > documents/1/1.json; echo 'no json' > documents/2/nobody.json; rm documents/3/3.json; sed -i 's/chart => sub {/chart => sub { sleep 3;/' application/server.pl")}`,
    );

    expect(record.verdict).toBe('failed');
    expect(bad(record)).toEqual([
      'application: http.status',
      'application: workflow.failed',
      'application: workflow.too-slow',
      'directory: workflow.failed',
      'directory: workflow.sign-in-failed',
      'documents: consistency.altered',
      'documents: consistency.missing',
      'documents: consistency.without-row',
      'interface: consistency.beyond',
      'interface: sql.unexpected',
    ]);
    const signIn = record.findings.find(one => one.code === 'workflow.sign-in-failed');
    expect(signIn).toMatchObject({ probe: 'The directory knows the account', object: 'it-director', observed: 'P2' });
    expect(record.workflows.filter(one => one.outcome === 'failed').map(one => one.name)).toEqual([
      'The directory knows the account',
      'Open a chart',
      'Print a document',
    ]);
  });

  test('a database in which rows are gone, nobody beats, and nobody may sign in', async () => {
    await using other = await sample('ehr-system', 'ehr', place =>
      makeEhr(place, {
        rows: 5_000,
        sql: `update clinic.staff set active = false; delete from clinic.vendor_module where name = 'billing';
          insert into clinic.stored_file values (999, '9/999.json', repeat('0', 64)); alter table public.resurgam_heartbeat rename to beats;
          create table public.resurgam_heartbeat (at timestamptz); insert into public.resurgam_heartbeat values (now() - interval '2 hours');
          create rule still as on update to public.resurgam_heartbeat do instead nothing; truncate clinic.patient cascade`,
      }),
    );

    const { record } = await other.drill('database');

    expect(record.verdict).toBe('failed');
    expect(bad(record)).toEqual([
      'application: runbook.step-failed',
      'database: freshness.data-older-than-point',
      'database: sql.unexpected',
      'documents: consistency.missing',
    ]);
  });
});
