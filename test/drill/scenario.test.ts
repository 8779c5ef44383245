import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PrintedDrill } from '../../src/evidence/record.ts';
import { bench, type Bench } from '../e2e/cli.ts';
import { sqliteSource, type SqliteSource } from '../fixtures/sqlite-source.ts';

let source: SqliteSource;
let at: Bench;
let plan: string;

beforeAll(async () => {
  source = await sqliteSource();
  at = await bench({ inProcess: true });
  await source.shell(`sqlite3 ehr.db ".backup ${at.backups}/ehr-$(date -u +%Y%m%dT%H%M%SZ).db"`);
  plan = await at.plan(
    'clinic',
    `components:
  database: { backup: { tool: sqlite, from: ${at.backups} } }
  directory: { backup: { tool: ldif, from: ${at.backups}, suffix: "dc=lakeside,dc=example" } }
workflows:
  - { name: Count patients, sql: { component: database, query: select count(*) from patient }, expect: { atLeast: 60 } }
  - { name: Find an account, ldap: { component: directory, filter: (uid=doe), atLeast: 1 } }
scenarios:
  - { name: Directory lost, event: "ransomware: nobody trusts the directory", without: [identity], workflows: [Count patients] }
  - { name: All must work, event: nothing at all, without: [identity] }
`,
  );
});

afterAll(async () => {
  await at.remove();
  await source[Symbol.asyncDispose]();
});

async function drill(name: string): Promise<{ code: number | null; record: PrintedDrill; stderr: string }> {
  const { code, stdout, stderr } = await at.run(['drill', plan, '--json', '--scenario', name]);
  return { code, record: JSON.parse(stdout) as PrintedDrill, stderr };
}

test('a scenario passes when what must be possible in it is, and tells what else would be out of service', async () => {
  const { code, record, stderr } = await drill('Directory lost');

  expect([code, record.verdict, record.trigger, record.without], stderr).toEqual([0, 'passed', 'scenario', ['identity']]);
  expect(record.scenario).toEqual({
    ...{ name: 'Directory lost', event: 'ransomware: nobody trusts the directory', workflows: ['Count patients'] },
  });
  expect(record.workflows.map(({ name, outcome }) => [name, outcome])).toEqual([
    ['Count patients', 'passed'],
    ['Find an account', 'skipped'],
  ]);
  expect(record.findings.filter(({ code: found }) => found === 'without.needed')).toMatchObject([
    { component: 'directory', required: false },
  ]);
  const page = await readFile(join(at.folder, 'home/reports', 'lakeside', `${record.drill}.html`), 'utf8');
  expect(page).toContain('It came back in the scenario “Directory lost”.');
  expect(page).toContain('1 of 1 passed (Count patients)');
});

test('a scenario fails when something that must be possible is not, and does not speak for its plan', async () => {
  const { code, record } = await drill('All must work');

  expect([code, record.verdict, record.reasons.includes('without.needed')]).toEqual([1, 'failed', true]);
  expect(record.scenario?.workflows).toEqual(['Count patients', 'Find an account']);
});

test.each([
  [['--scenario', 'Fire'], 'clinic has no scenario "Fire"', 'Name one of: "Directory lost", "All must work".'],
  [['--scenario', 'Directory lost', '--without', 'kms'], '--without and --scenario: a drill is of one kind', 'Name one of'],
  [['--scenario', 'Directory lost', '--find-newest-good'], '--scenario: a drill is of one kind', 'Name one of'],
])('%j is refused', async (args, message, hint) => {
  const { code, stderr } = await at.run(['drill', plan, ...args]);

  expect(code).toBe(2);
  expect(stderr).toContain(message);
  expect(stderr).toContain(hint);
});
