import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PrintedDrill } from '../../src/evidence/record.ts';
import { bench, type Bench } from '../e2e/cli.ts';

let drills: Bench;
const stamp = (minutesAgo: number): string => new Date(Date.now() - minutesAgo * 60_000).toISOString().replaceAll(/[-:]|\.\d+/g, '');
const letter = (n: number): string => `dear colleague ${String(n)}, thank you for sending the patient\n`;
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A database that refers to twenty letters, and the letters. */
function backUp(minutesAgo: { readonly rows: number; readonly files: number }, more = ''): void {
  const folder = `${drills.backups}/documents/${stamp(minutesAgo.files)}/srv/ehr`;
  mkdirSync(folder, { recursive: true });
  const rows = Array.from({ length: 20 }, (_, n) => {
    writeFileSync(`${folder}/${String(n)}.txt`, letter(n));
    return `('/data/${String(n)}.txt', '${sha256(letter(n))}')`;
  });
  const sql = `create table document (path text, sha256 text); insert into document values ${rows.join(', ')};
    create table message (id integer); insert into message values (41); create table queue (position integer); insert into queue values (40); ${more}`;
  mkdirSync(`${drills.backups}/database`, { recursive: true });
  execFileSync('sqlite3', [`${drills.backups}/database/ehr-${stamp(minutesAgo.rows)}.db`, sql]);
}

const plan = (): string => `components:
  database:
    backup: { tool: sqlite, from: ${drills.backups}/database }
  documents:
    backup: { tool: tree, from: ${drills.backups}/documents }
contract: { rpo: 24h }
consistency:
  - each: select path, sha256 from document
    existsIn: documents
    strip: /data/
    below: srv/ehr
    digests: all
    others: { pattern: "**/*.txt" }
  - name: queue
    highest: select max(position) from queue
    of: database
    notBeyond: { component: database, query: select max(id) from message }
`;

const found = (record: PrintedDrill): string[] =>
  record.findings
    .filter(({ code }) => code.startsWith('consistency.'))
    .map(one => `${one.code} ${one.outcome} ${String(one.observed)} of ${String(one.expected)}`)
    .sort();

beforeAll(async () => {
  drills = await bench({ inProcess: true });
});
afterAll(() => drills.remove());

test('each row has its file with its digest, each file its row, and the queue is not ahead', async () => {
  backUp({ rows: 30, files: 20 });

  const { record, ran } = await drills.drill(await drills.plan('fits', plan()));

  expect([record.verdict, record.reasons], ran.stderr).toEqual(['passed', []]);
  expect(found(record)).toEqual([
    'consistency.digests-compared passed 20 of 20',
    'consistency.ok passed 20 of 20',
    'consistency.ok passed 40 of 41',
  ]);
  expect(ran.stdout).not.toContain('19.txt');
});

test('rows without files, altered files, files without rows and a queue that is ahead are told apart', async () => {
  rmSync(`${drills.backups}/database`, { recursive: true });
  backUp(
    { rows: 15, files: 10 },
    `insert into document values ('/data/gone.txt', null), ('../../../etc/passwd', null), ('/data/../../../../etc/hostname', null), ('', null);
     update document set sha256 = '${'0'.repeat(64)}' where path like '%/7.txt'; delete from document where path like '%/9.txt'; update queue set position = 50;`,
  );

  const { record } = await drills.drill(await drills.plan('apart', plan()));

  expect(record.verdict).toBe('failed');
  expect(found(record)).toEqual([
    'consistency.altered failed 1 of 0',
    'consistency.beyond failed 50 of 41',
    'consistency.missing failed 19 of 23',
    'consistency.without-row failed 1 of 0',
  ]);
});

test('the newest points that fit together are drilled, not the newest of each', async () => {
  rmSync(drills.backups, { recursive: true });
  mkdirSync(drills.backups);
  backUp({ rows: 60, files: 50 });
  const [first = ''] = readdirSync(`${drills.backups}/database`);
  cpSync(`${drills.backups}/database/${first}`, `${drills.backups}/database/ehr-${stamp(2)}.db`);

  const { record, ran } = await drills.drill(await drills.plan('set', plan()));

  expect([record.verdict, record.reasons], ran.stderr).toEqual(['passed', []]);
  expect(record.recoveryPoints.find(point => point.component === 'database')?.id).toContain(first.slice(4, -3));
  expect(record.limitations).toContain(
    'The newest recovery point of database is later than what it refers to: the newest that fits was taken.',
  );
});

test('rows that refer to nothing prove nothing, and what cannot be asked is missing', async () => {
  const text = plan().replace('from document', 'from document where false').replace('max(position)', 'max(place)');

  const { record } = await drills.drill(await drills.plan('nothing', text));

  expect(record.verdict).toBe('failed');
  expect(found(record)).toEqual(['consistency.not-askable failed 42703 of null', 'consistency.nothing-referred inconclusive null of null']);
});
