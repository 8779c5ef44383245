import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PrintedDrill } from '../../src/evidence/record.ts';
import { isReachedByName, secretFor } from '../../src/drill/denied.ts';
import type { DrillRun } from '../../src/drill/run.ts';
import { isDependency } from '../../src/plan/dependency.ts';
import { bench, type Bench } from '../e2e/cli.ts';
import { sqliteSource, type SqliteSource } from '../fixtures/sqlite-source.ts';

let source: SqliteSource;
let at: Bench;
beforeAll(async () => {
  source = await sqliteSource();
  at = await bench({ inProcess: true });
  await source.shell(`sqlite3 ehr.db ".backup ${at.backups}/ehr-$(date -u +%Y%m%dT%H%M%SZ).db"`);
});
afterAll(async () => {
  await at.remove();
  await source[Symbol.asyncDispose]();
});

/** Drills the database, and what else a plan has, without something. */
async function drillWithout(denied: readonly string[], more = ''): Promise<{ code: number | null; record: PrintedDrill; stderr: string }> {
  const database = `  database: { backup: { tool: sqlite, from: ${at.backups} }, probes: [{ sql: select count(*) from patient, expect: { atLeast: 60 } }] }`;
  const plan = await at.plan('clinic', `components:\n${database}\n${more}`);
  const { code, stdout, stderr } = await at.run(['drill', plan, '--json', ...denied.flatMap(one => ['--without', one])]);
  return { code, record: JSON.parse(stdout) as PrintedDrill, stderr };
}

const needed = ({ findings }: PrintedDrill): readonly string[] =>
  findings.filter(({ code }) => code === 'without.needed').map(one => `${one.component ?? ''} ${one.object ?? ''} ${String(one.observed)}`);

test('what nobody needs is said of each dependency, and the drill passes without speaking for its plan', async () => {
  const { code, record, stderr } = await drillWithout(['kms', 'dns', 'identity', 'site:south']);

  expect({ code, needed: needed(record) }, stderr).toEqual({ code: 0, needed: [] });
  expect(record).toMatchObject({ verdict: 'passed', trigger: 'dependency-loss', without: ['kms', 'dns', 'identity', 'site:south'] });
  const free = record.findings.filter(found => found.code === 'without.not-needed').map(found => found.object);
  expect(free).toEqual(['kms', 'dns', 'identity', 'site:south']);
  expect(record.limitations.join()).toContain('Drilled without kms, dns, identity, site:south');
});

test('a store whose secret a program gives needs kms, and one behind a name needs dns; the rest comes back', async () => {
  const { code, record } = await drillWithout(
    ['kms', 'dns'],
    '  documents: { backup: { tool: restic, repository: "rest:https://backup.lakeside.example/ehr", password: { command: [/bin/echo, secret] } } }\n',
  );

  expect({ code, verdict: record.verdict, reasons: record.reasons.includes('without.needed') }).toEqual({
    code: 1,
    verdict: 'failed',
    reasons: true,
  });
  expect(needed(record)).toEqual(['documents kms store', 'documents dns store']);
  expect(record.findings.find(({ code: found, component }) => found === 'sql.ok' && component === 'database')?.outcome).toBe('passed');
});

test('without identity no directory is recovered, and the workflow that asks it shows it', async () => {
  const { code, record } = await drillWithout(
    ['identity'],
    `  directory: { backup: { tool: ldif, from: ${at.backups}, suffix: "dc=lakeside,dc=example" } }
workflows:
  - { name: Sign in, ldap: { component: directory, filter: (uid=doe), atLeast: 1 } }
  - { name: Count patients, sql: { component: database, query: select count(*) from patient }, expect: { atLeast: 60 } }
`,
  );

  expect([code, needed(record)]).toEqual([1, ['directory identity workflow']]);
  expect(record.findings.find(({ code: found }) => found === 'without.needed')?.probe).toBe('Sign in');
  expect(record.workflows.map(({ name, outcome }) => `${name}: ${outcome}`)).toEqual(['Sign in: skipped', 'Count patients: passed']);
  expect(record.recoveryPoints.map(({ component }) => component)).toEqual(['database']);
});

test('a folder stands at the site of its plan', async () => {
  const { record } = await drillWithout(['site:local']);

  expect(needed(record)).toEqual(['database site:local store']);
});

test('a secret that a program gives is refused to the step that asks for it, and no other', async () => {
  const given = { request: { without: ['kms'] }, findings: [], tools: { secret: () => Promise.resolve('secret') } };
  const run = given as unknown as DrillRun;
  const secret = secretFor(run, { component: 'application', step: 'runbook' });

  expect(await secret({ file: '/run/secrets/account' })).toBe('secret');
  await expect(secret({ command: ['/usr/bin/vault', 'read'] })).rejects.toMatchObject({ code: 'denied' });

  expect(run.findings).toMatchObject([
    { code: 'without.needed', outcome: 'failed', component: 'application', object: 'kms', observed: 'runbook' },
  ]);
});

test('an address is no name, and a bucket without an address has one', () => {
  const named = ['https://s3.example', 'rest:https://user:pw@backup.example:8000/', 'sftp:me@backup.example:/srv'];
  for (const endpoint of named) expect(isReachedByName({ from: 's3://bucket/ehr', endpoint })).toBe(true);
  for (const endpoint of ['http://127.0.0.1:9000', 'http://[::1]:9000', 'http://localhost:9000']) {
    expect(isReachedByName({ from: 's3://bucket/ehr', endpoint })).toBe(false);
  }
  expect(isReachedByName({ from: 's3://bucket/ehr' })).toBe(true);
  expect(['kms', 'site:lakeside-rack-2', 'site:', 'power'].map(isDependency)).toEqual([true, true, false, false]);
});
