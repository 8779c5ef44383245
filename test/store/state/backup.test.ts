import { createHash } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectState } from '../../../src/store/state/address.ts';
import { backUpState, restoreState } from '../../../src/store/state/backup.ts';
import { MIGRATIONS } from '../../../src/store/state/migrate.ts';
import type { State } from '../../../src/store/state/state.ts';
import { testState, type TestState } from '../../fixtures/state.ts';

const AT = '2026-11-22T20:00:00.000Z';
let folder: string;
let from: TestState;
let good: string;
beforeAll(async () => {
  folder = await mkdtemp('/tmp/rsg-state-backup-');
  from = await testState();
  await fill(from.state);
  good = join(folder, 'good.jsonl.gz');
  await backUpState(addressOf(from), { file: good, at: AT });
});
afterAll(async () => {
  await from[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const addressOf = ({ url }: TestState) => ({ where: 'the test', connectionString: url });

/** Two clients, more rows than one batch, and values that are easily bent on the way. */
async function fill(state: State): Promise<void> {
  await state.all(async tx => {
    await tx.query(`insert into occurrence (client, id, plan, due_at, late_after, reason)
      select 'client-' || n % 2, 'o' || n, 'plan', '2026-01-01 00:00:00.123456Z'::timestamptz + n * interval '1 s', now(), case n % 3 when 0 then 'a' end
      from generate_series(1, 1203) n`);
    await tx.query(`insert into job_run (client, plan, component, run, source, state, output_bytes, seen_at)
      values ('client-0', 'p', E'line\\u2028 break \\n"', 'r', 'ping', 'started', 9007199254740993, now())`);
    await tx.query(`insert into backup_check (client, plan, component, at, outcome, codes, newest, points)
      values ('client-1', 'p', 'c', now(), 'passed', array['a', 'b"', ''], '{"z": 1, "a": [null, 0.10]}', 3)`);
    await tx.query(`insert into outbox (client, entry) values ('client-0', '{}'), ('client-1', '{"x": 1}')`);
    await tx.query(`insert into worker (id, site, host, pid, version, started_at, heartbeat_at, interval_ms, state)
      values ('w', 's', 'h', 1, '0', now(), now(), 1000, 'working')`);
  });
}

async function everything(state: State): Promise<unknown> {
  return state.all(async tx => {
    const tables = await tx.query(
      "select tablename::text as name from pg_tables where schemaname = 'resurgam' and tablename <> 'resurgam_migration'",
    );
    const all: Record<string, unknown> = {};
    for (const { name } of tables as readonly { name: string }[]) {
      const [row] = await tx.query(
        `select coalesce(array_agg(to_jsonb(t)::text order by to_jsonb(t)::text), '{}') as rows from "${name}" t`,
      );
      all[name] = row?.['rows'];
    }
    return all;
  });
}

async function expectRefused(file: string, at: TestState): Promise<void> {
  await expect(restoreState(addressOf(at), file)).rejects.toMatchObject({ name: 'StoreError', code: 'broke' });
  expect(await at.state.all(tx => tx.query('select 1 as x from occurrence union all select 2 from worker'))).toEqual([]);
}

test('what was backed up comes back, row for row', async () => {
  await using to = await testState();
  await to.state.all(tx =>
    tx.query(`insert into worker (id, site, host, pid, version, started_at, heartbeat_at, interval_ms, state)
    values ('another', 's', 'h', 1, '0', now(), now(), 1000, 'working')`),
  );

  const header = await restoreState(addressOf(to), good);

  expect(await everything(to.state)).toEqual(await everything(from.state));
  expect(header).toMatchObject({ format: 'resurgam-state/2', at: AT, migration: MIGRATIONS.length });
  expect(header.tables['occurrence']?.rows).toBe(1203);
});

test('numbers that a table gives itself go on behind those that came back', async () => {
  await using to = await testState();
  await restoreState(addressOf(to), good);

  const [row] = await to.state.of('client-0', tx => tx.query("insert into outbox (client, entry) values ('client-0', '{}') returning id"));

  expect(row).toEqual({ id: 3 });
});

test('the file is for its owner alone, and two backups of one state have the same lines', async () => {
  const again = join(folder, 'again.jsonl.gz');
  await backUpState(addressOf(from), { file: again, at: AT });

  expect((await stat(again)).mode & 0o777).toBe(0o600);
  expect(gunzipSync(await readFile(again)).equals(gunzipSync(await readFile(good)))).toBe(true);
});

test('the rows of one moment are written, though others come meanwhile', async () => {
  await using at = await testState();
  const file = join(folder, 'busy.jsonl.gz');
  const going = { on: true };
  const writing = (async () => {
    for (let i = 0; going.on; i++)
      await at.state.of('busy', async tx => {
        await tx.query("insert into follow_cursor (client, seq) values ('busy', $1) on conflict (client) do update set seq = $1", [i]);
        await tx.query("insert into outbox (client, entry) values ('busy', $1)", [{ i }]);
      });
  })();

  const header = await backUpState(addressOf(at), { file, at: AT });
  going.on = false;
  await writing;

  await using to = await testState();
  expect(await restoreState(addressOf(to), file)).toEqual(header);
});

test('a state that holds a row of a client is not written over', async () => {
  await using to = await testState();
  await to.state.of('lakeside', tx => tx.query("insert into follow_cursor (client, seq) values ('lakeside', 5)"));

  await expect(restoreState(addressOf(to), good)).rejects.toThrow('holds rows already');
  expect(await to.state.all(tx => tx.query('select seq from follow_cursor'))).toEqual([{ seq: 5 }]);
});

test('a backup that was cut off anywhere is refused', async () => {
  await using to = await testState();
  const whole = await readFile(good);
  const lines = gunzipSync(whole);
  const cut = [0, 1, 100, whole.length >> 1, whole.length - 9, whole.length - 1].map(at => whole.subarray(0, at));
  const recompressed = [1, 50, lines.length >> 1, lines.length - 2, lines.lastIndexOf('\n', lines.length - 2) + 1].map(at =>
    gzipSync(lines.subarray(0, at)),
  );

  for (const [i, bytes] of [...cut, ...recompressed].entries()) {
    const file = join(folder, `cut-${i}`);
    await writeFile(file, bytes);
    await expectRefused(file, to);
  }
});

test('a backup that was changed anywhere is refused', async () => {
  await using to = await testState();
  const text = gunzipSync(await readFile(good)).toString();
  const sealed = (lines: readonly string[]): string => {
    const before = `${lines.join('\n')}\n`;
    return `${before}${JSON.stringify({ end: true, sha256: createHash('sha256').update(before).digest('hex') })}\n`;
  };
  const lines = text.trimEnd().split('\n').slice(0, -1);
  const changed = [
    text.replace('"late_after"', '"Late_after"'),
    text.replace(/("client": )"client-0"/, '$1"client-1"'),
    text.replace('"rows":1203', '"rows":1202'),
    text.replace(AT, '2026-11-23T20:00:00.000Z'),
    `${text}x`,
    `${text}${text}`,
    sealed(lines.slice(0, -1)),
    sealed(lines.with(900, lines[901] ?? '')),
    sealed(lines.map(line => line.replace('"occurrence":', '"pg_class":'))),
    sealed(lines.map(line => line.replace('"late_after"', '"late_ever"'))),
    text.replace('resurgam-state/2', 'resurgam-state/3'),
    'not a backup at all\n',
  ];

  for (const [i, words] of changed.entries()) {
    const file = join(folder, `changed-${i}`);
    await writeFile(file, gzipSync(words));
    await expectRefused(file, to);
  }
});

test('a backup whose rows the tables refuse leaves nothing', async () => {
  await using to = await testState();
  const row = '{"seq": 1, "client": "a"}';
  const file = join(folder, 'twice');
  await writeFile(file, backupOf('follow_cursor', ['client', 'seq'], [row, row]));

  await expect(restoreState(addressOf(to), file)).rejects.toThrow();
  expect(await to.state.all(tx => tx.query('select 1 from follow_cursor'))).toEqual([]);
});

test('what an older release did not know takes its default', async () => {
  await using to = await testState();
  const row = '{"seq": 4, "client": "lakeside"}';
  const file = join(folder, 'older');
  await writeFile(file, backupOf('follow_cursor', ['client', 'seq'], [row]));

  await restoreState(addressOf(to), file);

  const rows = await to.state.of('lakeside', tx => tx.query('select seq, changed_at is not null as has_default from follow_cursor'));
  expect(rows).toEqual([{ seq: 4, has_default: true }]);
});

function backupOf(table: string, columns: readonly string[], rows: readonly string[]): Buffer {
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
  const header = {
    format: 'resurgam-state/1',
    at: AT,
    migration: 1,
    tables: { [table]: { columns, rows: rows.length, sha256: sha256(rows.map(row => `${row}\n`).join('')) } },
  };
  const before = [JSON.stringify(header), ...rows, ''].join('\n');
  return gzipSync(`${before}${JSON.stringify({ end: true, sha256: sha256(before) })}\n`);
}

test('a name that is taken stays what it is, and a place that cannot be written gets nothing', async () => {
  const place = await mkdtemp(join(folder, 'place-'));
  const taken = join(place, 'taken');
  await writeFile(taken, 'mine');
  await chmod(taken, 0o644);

  await expect(backUpState(addressOf(from), { file: taken, at: AT })).rejects.toMatchObject({ name: 'StoreError', code: 'broke' });
  await expect(backUpState(addressOf(from), { file: join(taken, 'x'), at: AT })).rejects.toMatchObject({ name: 'StoreError' });

  expect(await readFile(taken, 'utf8')).toBe('mine');
  expect(await readdir(place)).toEqual(['taken']);
});

test.runIf(process.getuid?.() === 0)('a disk that fills up leaves no half backup', async () => {
  const { execFileSync } = await import('node:child_process');
  const disk = await mkdtemp(join(folder, 'disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8k,mode=700', 'tmpfs', disk]);
  try {
    await expect(backUpState(addressOf(from), { file: join(disk, 'full'), at: AT })).rejects.toMatchObject({
      name: 'StoreError',
      code: 'disk-full',
    });
    expect(await readdir(disk)).toEqual([]);
  } finally {
    execFileSync('umount', [disk]);
  }
});

test('tables of a newer release are not backed up by an older one, also where it may go on beside it', async () => {
  await using at = await testState();
  const file = join(folder, 'newer.jsonl.gz');
  const client = await connectState(addressOf(at));
  await client.query(`insert into resurgam.resurgam_migration (number, name, oldest) values (${MIGRATIONS.length + 1}, 'only adds', 1)`);
  await client.end();

  await expect(backUpState(addressOf(at), { file, at: AT })).rejects.toMatchObject({ code: 'state-newer' });
  expect(await readdir(folder)).not.toContain('newer.jsonl.gz');
});
