import { execFile } from 'node:child_process';
import { mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bench, type Bench } from '../e2e/cli.ts';
import { putDump, startEhr } from '../e2e/source.ts';
import { blocksOf } from '../fixtures/by-hand-machine.ts';
import { startSourceServer, type SourceServer } from '../fixtures/source-server.ts';
import { sqliteSource, type SqliteSource } from '../fixtures/sqlite-source.ts';

const run = promisify(execFile);
const SECRET = 'Hunter2-Zq9-long';
let drills: Bench;
let source: SourceServer;
let queue: SqliteSource;
let plan: string;
let markdown: string;

beforeAll(async () => {
  [drills, source, queue] = await Promise.all([bench({ inProcess: true }), startEhr(), sqliteSource()]);
  await putDump(source, drills);
  const letters = join(drills.folder, 'letters');
  for (const day of ['20250101T000000Z', '20250102T000000Z']) {
    await mkdir(join(letters, day), { recursive: true });
    await writeFile(join(letters, day, 'a letter.txt'), `of ${day}\n`);
  }
  await queue.shell(`mkdir copies && sqlite3 ehr.db ".backup 'copies/queue-20250102T0000Z.db'"`);
  await writeFile(join(drills.folder, 'secret'), SECRET, { mode: 0o600 });
  await mkdir(join(drills.folder, 'steps'));
  await writeFile(join(drills.folder, 'steps/letters.ts'), STEPS);
  await writeFile(join(drills.folder, 'client.yaml'), CLIENT);
  plan = await drills.plan('whole', planText({ letters, copies: join(queue.folder, 'copies') }));
  const { record, ran } = await drills.drill(plan);
  expect([record.verdict, record.reasons], ran.stderr).toEqual(['passed', []]);
  markdown = (await drills.run(['runbook', plan])).stdout;
});

afterAll(async () => {
  await Promise.all([drills.remove(), source.stop(), queue[Symbol.asyncDispose]()]);
});

const CLIENT = `client: lakeside
contacts:
  ana: { name: Ana Ortiz, role: on call, phone: +1 312 555 0100 }
ladder: { L1: [ana] }
`;

const STEPS = `export default {
  before: [{ name: 'Mark the letters', byHand: 'touch "$RECOVERED/letters/marked"', run: async ({ $, files }) => void (await $\`touch \${files}/marked\`) }],
};
`;

function planText({ letters, copies }: { readonly letters: string; readonly copies: string }): string {
  return `contract: { rto: 4h, rpo: 9000d }
system: { downtimeProcedure: "binder 3 | <tab> EHR" }
components:
  letters:
    needs: [database]
    backup: { tool: tree, from: ${letters} }
    runbook: { script: steps/letters.ts, secrets: { TOKEN: { file: ${drills.folder}/secret } } }
  database:
    backup: { tool: pg-dump, from: ${drills.backups} }
  queue:
    backup: { tool: sqlite, from: ${copies} }
workflows:
  - name: Count the patients
    sql: { component: database, query: "select count(*) from patient where id >= :least", with: { least: 1 } }
  - name: Count the visits
    sql: { component: queue, query: select count(*) from visit }
    expect: { atLeast: 2000 }
`;
}

test('whoever types the commands of the printed runbook has the system back', async () => {
  const fresh = await startSourceServer();
  const recovered = await mkdtemp('/tmp/rsg-by-hand-');
  try {
    const { stdout } = await run('/bin/bash', ['-e', '-c', blocksOf(markdown)], { env: { ...fresh.env, RECOVERED: recovered }, cwd: '/' });
    const patients = await source.sql('ehr', 'select * from patient order by id');

    expect((await fresh.sql('database', 'select * from patient order by id')).rows).toEqual(patients.rows);
    expect(await readFile(join(recovered, 'letters/a letter.txt'), 'utf8')).toBe('of 20250102T000000Z\n');
    expect(await readFile(join(recovered, 'letters/marked'), 'utf8')).toBe('');
    expect((await run('sqlite3', [join(recovered, 'queue/queue.db'), 'select count(*) from patient'])).stdout).toBe('60\n');
    expect(stdout.trimEnd().split('\n').slice(-2)).toEqual([String(patients.rows.length), '2000']);
  } finally {
    await Promise.all([fresh.stop(), rm(recovered, { recursive: true, force: true })]);
  }
});

test('the printed runbook says whom to call, what to do meanwhile, where the keys are and how long each step took', () => {
  const steps = markdown.split(/^##+ /m);
  const times = steps.filter(step => step.startsWith('Restore it')).map(step => /Last time: (.*)\./.exec(step)?.[1]);

  expect(markdown).toContain('| Ana Ortiz | on call, L1 | +1 312 555 0100 |');
  expect(markdown).toContain('- **Meanwhile**: binder 3 | &lt;tab> EHR');
  expect(markdown).toContain(`\`TOKEN\` is in the file ${drills.folder}/secret`);
  expect(markdown).not.toContain(SECRET);
  expect(times).toHaveLength(3);
  expect(times.filter(time => time === undefined || time === 'not measured yet')).toEqual([]);
  expect(markdown.indexOf('. database')).toBeLessThan(markdown.indexOf('. letters'));
  expect(steps.find(step => step.startsWith('What is not tested'))).toContain('A drill proves the backup and its restore');
});

test('the page says the same, in one file that loads nothing', async () => {
  const file = join(drills.folder, 'runbook.html');
  const ran = await drills.run(['runbook', plan, '--html', '--output', file]);
  const page = await readFile(file, 'utf8');

  expect([ran.code, ran.stdout]).toEqual([0, `${file}\n`]);
  expect(page).toContain('binder 3 | &lt;tab&gt; EHR');
  expect(page.match(/<(?:script|link|img|iframe)|https?:\/\/|url\(|@import/g)).toBeNull();
  expect(page.match(/<pre>/g)).toHaveLength(typedBlocks(markdown));
  expect(page).not.toContain(SECRET);
});

function typedBlocks(document: string): number {
  return document.match(/^```sh$/gm)?.length ?? 0;
}

test('a script that cannot be read is said in its place, and the rest is printed', async () => {
  await writeFile(join(drills.folder, 'steps/broken.ts'), 'export default { before: [ ;\n');
  const broken = await drills.plan('broken', planText({ letters: drills.folder, copies: queue.folder }).replace('letters.ts', 'broken.ts'));

  const ran = await drills.run(['runbook', broken]);

  expect(ran.code).toBe(0);
  expect(ran.stdout).toContain('The script could not be read');
  expect(ran.stdout).toContain('Last time: not measured yet.');
  expect(ran.stdout).toContain('All of it: no drill of this plan has been accepted yet.');
});
