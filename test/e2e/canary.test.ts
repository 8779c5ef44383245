import { execFile } from 'node:child_process';
import { readdir, readFile, rename, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSourceServer, type SourceServer } from '../fixtures/source-server.ts';
import { bench, type Bench, type Ran } from './cli.ts';

const run = promisify(execFile);
const CANARY = 'Zq7Canary';

/** Canaries wherever a backup can hold a patient's words: rows, messages of errors, file names, roles, comments, defaults, settings. */
const PLANTED = `
  create role "${CANARY}Role" login password '${CANARY}Password';
  create table patient (id int primary key, name text unique default '${CANARY}Default');
  comment on table patient is '${CANARY}Comment';
  alter table patient owner to "${CANARY}Role";
  insert into patient select n, '${CANARY}Row' || n from generate_series(1, 500) n;
  create view chart as select * from patient where name <> '${CANARY}View';
  create function say() returns text language sql as $$ select '${CANARY}Function' $$;
  create type mood as enum ('${CANARY}Label');
  alter database :"DBNAME" set application_name to '${CANARY}Setting';
  grant select on patient to "${CANARY}Role";
  select lo_from_bytea(0, '${CANARY}Object');`;

let source: SourceServer;
let place: Bench;
beforeAll(async () => {
  source = await startSourceServer();
  place = await bench();
  await source.createDatabase('canary');
  await source.client('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', 'canary'], PLANTED);
});
afterAll(async () => {
  await place.remove();
  await source.stop();
});

async function everythingWritten(): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(place.home, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (path.includes(CANARY)) found.push(path);
    if (entry.isFile() && (await readFile(path)).includes(CANARY)) found.push(path);
  }
  const ledger = join(place.home, 'ledger/lakeside/ledger.jsonl');
  const { stdout } = await run('jq', ['-Rr', 'fromjson.payload|@base64d', ledger], { maxBuffer: 1 << 26 });
  return stdout.includes(CANARY) ? [...found, 'a payload of the ledger'] : found;
}

function printed(ran: Ran): string[] {
  return [ran.stdout, ran.stderr].filter(text => text.includes(CANARY));
}

test('no word of a healthy backup is written or printed', async () => {
  const plan = await place.plan('canary');
  await source.client('pg_dump', ['-Fc', '-f', join(place.backups, `${CANARY}File.dump`), 'canary']);

  const json = await place.run(['drill', plan, '--json']);
  const text = await place.run(['drill', plan]);

  expect(json.stdout).toContain('"verdict": "passed"');
  expect([...printed(json), ...printed(text)]).toEqual([]);
  expect(await everythingWritten()).toEqual([]);
});

test('no word of a backup that breaks its own rules is written or printed', async () => {
  const plan = await place.plan('canary');
  await source.sql('canary', `update pg_index set indisready = false where indexrelid = 'patient_name_key'::regclass`);
  await source.sql('canary', `insert into patient values (9001, '${CANARY}Row1')`);
  await source.sql('canary', `update pg_index set indisready = true where indexrelid = 'patient_name_key'::regclass`);
  await source.client('pg_dump', ['-Fp', '-f', join(place.backups, `${CANARY} newer.sql`), 'canary']);
  await rename(join(place.backups, `${CANARY}File.dump`), join(place.folder, 'away.dump'));

  const json = await place.run(['drill', plan, '--json']);
  await truncate(join(place.backups, `${CANARY} newer.sql`), 9_000);
  const cut = await place.run(['drill', plan, '--json']);

  expect(
    [json.stdout, cut.stdout].every(text => text.includes('"verdict": "failed"')),
    `${json.stdout}${cut.stdout}`,
  ).toBe(true);
  expect([...printed(json), ...printed(cut)]).toEqual([]);
  expect(await everythingWritten()).toEqual([]);
});
