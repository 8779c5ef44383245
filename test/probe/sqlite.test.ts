import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sqlite } from '../../src/backup/sqlite/tool.ts';
import { integrity } from '../../src/probe/integrity/integrity.ts';
import { inventory } from '../../src/probe/inventory/inventory.ts';
import { newest } from '../../src/probe/newest/newest.ts';
import type { Answer, Facts, ProbeKind } from '../../src/probe/probe.ts';
import { sql } from '../../src/probe/sql/sql.ts';
import { sqliteService } from '../../src/service/sqlite/sqlite.ts';
import { recoverFrom } from '../fixtures/recovering.ts';
import { GO_ON, questionTo } from '../fixtures/running-source.ts';
import { sqliteSource, type SqliteSource } from '../fixtures/sqlite-source.ts';

let source: SqliteSource;
beforeAll(async () => {
  source = await sqliteSource();
});
afterAll(() => source[Symbol.asyncDispose]());

type Asking = (kind: ProbeKind, options?: Readonly<Record<string, unknown>>, baseline?: Facts) => Promise<Answer>;

/** Restores the database after a script changed a copy of it, `place/ehr.db`, and asks it. */
async function restored(script: string, ask: (asking: Asking) => Promise<void>): Promise<void> {
  const place = join(source.folder, 'place');
  await rm(place, { recursive: true, force: true });
  await source.shell(`mkdir place; cp ehr.db place; cd place; ${script}`);
  const { running } = await recoverFrom(
    sqlite,
    { from: place },
    {
      over: sqliteService(),
      ask: service =>
        ask((kind, options = kind.defaults, baseline) =>
          kind.ask(questionTo(service, { options, ...(baseline === undefined ? {} : { baseline }) }), GO_ON),
        ),
    },
  ).catch((error: unknown) => {
    // Not every case leaves the table that the fixture counts at the end.
    if (!(error instanceof Error && error.message.includes('42P01'))) throw error;
    return { running: { ready: true } };
  });
  expect(running?.ready).toBe(true);
}

const told = ({ findings }: Answer): readonly string[] =>
  findings.map(({ outcome, code, object, required }) =>
    [outcome, code, ...(object === null ? [] : [object]), ...(required ? [] : ['(note)'])].join(' '),
  );

const SOUND = ['passed integrity.ok', 'passed integrity.constraints-hold'];
const WHOLE = ['passed inventory.ok', 'passed inventory.rows-ok'];

test('a healthy database raises no alarm, and everything in it is counted', () =>
  restored(':', async asking => {
    const { facts, ...whole } = await asking(inventory);

    expect(told(await asking(integrity))).toEqual(SOUND);
    expect(told(whole)).toEqual(WHOLE);
    expect(facts).toMatchObject({ rows: { patient: 60, visit: 2_000 }, objects: { view: { recent: [expect.any(String), null] } } });
    expect(whole.findings.map(({ observed }) => observed)).toEqual([12, 2_060]);
    expect(told(await asking(inventory, inventory.defaults, facts))).toEqual(WHOLE);
  }));

describe('what is wrong is said', () => {
  test.each([
    [
      'an index that does not agree with its table',
      `sqlite3 -cmd ".dbconfig defensive off" ehr.db "pragma writable_schema=on; update sqlite_schema set sql = 'create index visit_at on visit (note)' where name = 'visit_at'"`,
      ['failed integrity.index-corrupt visit_at', ...SOUND.slice(1)],
    ],
    [
      'a promise that a row breaks',
      `sqlite3 -cmd ".dbconfig defensive off" ehr.db "pragma writable_schema=on; update sqlite_schema set sql = replace(sql, 'born text', 'born integer check (born <> ''1970-01-01'')') where name = 'patient'"`,
      ['failed integrity.check-violated patient', ...SOUND.slice(1)],
    ],
    [
      'a damaged page',
      `page=$(sqlite3 ehr.db "select max(pageno) from dbstat where name = 'visit' and pagetype = 'leaf'"); head -c 2000 /dev/zero | dd of=ehr.db bs=1 seek=$(( (page - 1) * 4096 )) conv=notrunc status=none`,
      ['failed integrity.table-unreadable visit'],
    ],
    [
      'a page that belongs to nothing',
      `sqlite3 -cmd ".dbconfig defensive off" ehr.db "drop view recent; pragma writable_schema=on; delete from sqlite_schema where name = 'visit_at'"`,
      ['failed integrity.structure-broken', ...SOUND.slice(1)],
    ],
  ])('%s', async (_, script, alarms) => {
    await restored(script, async asking => expect(told(await asking(integrity))).toEqual(alarms));
  });

  test('rows that refer to nothing, once they are more than at the last accepted drill', () =>
    restored('sqlite3 ehr.db "delete from patient where id <= 3"', async asking => {
      const { facts, ...first } = await asking(integrity);

      expect(told(first)).toEqual(['failed integrity.foreign-key-broken visit.patient (note)', 'passed integrity.ok']);
      expect(facts).toEqual({ kind: 'integrity', broken: { 'visit.patient': 101 } });
      expect(told(await asking(integrity, integrity.defaults, facts))[0]).toBe('failed integrity.foreign-key-broken visit.patient (note)');
      const before = { kind: 'integrity', broken: {} };
      expect(told(await asking(integrity, integrity.defaults, before))).toEqual(['failed integrity.foreign-key-broken visit.patient']);
    }));

  test('what is gone since the last accepted drill, and a view that lacks its table', async () => {
    let before: Facts | undefined;
    await restored(':', async asking => void (before = (await asking(inventory)).facts));

    await restored('sqlite3 ehr.db "drop trigger noted; drop index visit_at; drop table visit"', async asking => {
      expect(told(await asking(inventory, inventory.defaults, before))).toEqual([
        'failed inventory.view-unusable recent',
        'failed inventory.object-missing visit',
      ]);
    });
    await restored('sqlite3 ehr.db "delete from visit where id > 90"', async asking =>
      expect(told(await asking(inventory, inventory.defaults, before))).toEqual(['failed inventory.rows-missing visit']),
    );
  });

  test('a database without any table', () =>
    restored('rm ehr.db; sqlite3 ehr.db "create table t (a); drop table t"', async asking =>
      expect(told(await asking(inventory))).toEqual(['failed inventory.empty']),
    ));
});

test('questions of a plan are answered, and nothing can be changed by them', () =>
  restored(':', async asking => {
    const asked = async (query: string, more: Readonly<Record<string, unknown>> = {}): Promise<readonly (string | null)[]> => {
      const [found] = (await asking(sql, { query, with: {}, write: false, ...more })).findings;
      return [found?.code ?? '', String(found?.observed ?? null)];
    };

    expect(await asked('select count(*) from visit', { expect: { atLeast: 2_000 } })).toEqual(['sql.ok', '2000']);
    expect(await asked('select exists (select 1 from visit where id < 0)')).toEqual(['sql.unexpected', 'false']);
    expect(await asked('select name from patient where id = :id', { with: { id: 7 }, expect: { equals: 'patient 7' } })).toEqual([
      'sql.ok',
      'true',
    ]);
    expect(await asked('select name from patient where id = :id')).toEqual(['sql.no-answer', '42P02']);
    expect(await asked('select id from gone')).toEqual(['sql.object-missing', '42P01']);
    expect(await asked('select 1 +')).toEqual(['sql.no-answer', '42601']);
    expect(await asked('select 1) select 1; delete from visit; --')).toEqual(['sql.no-answer', '25006']);
    expect(await asked('select count(*) from visit', { write: true })).toEqual(['sql.ok', '2000']);
    expect(await asked(`select readfile('/etc/passwd')`)).toEqual(['sql.no-answer', '25006']);
    expect(await asked('select count(*) from visit')).toEqual(['sql.ok', '2000']);
  }));

test.each([
  [`select '2026-11-27 08:00:00'`, '2026-11-27T08:00:00.000Z'],
  [`select '2026-11-27T08:00:00.250+02:00'`, '2026-11-27T06:00:00.250Z'],
  ['select 1795766400', '2026-11-27T08:00:00.000Z'],
  ['select 1795766400000', '2026-11-27T08:00:00.000Z'],
  [`select julianday('2026-11-27 08:00')`, '2026-11-27T08:00:00.000Z'],
  [`select 'now'`, null],
])('the newest moment is read from %s', async (query, at) => {
  await restored(':', async asking => {
    const answer = await asking(newest, { query, everyMs: null });

    expect(answer.newest?.at?.replace(/\.\d+Z$/, at?.slice(19) ?? '') ?? null).toBe(at);
  });
});
