// Seven recovery points of one PostgreSQL cluster with archived log in one drill, beside a drill of one of them.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { AS_SERVER, megabytes, run, seconds, startServer } from './tool.mjs';
import { drill } from './drill.mjs';

const POINTS = 7;
const SIZE = /^--size=(\d+)(MB|GB)$/.exec(process.argv.find(word => word.startsWith('--size=')) ?? '');
const BYTES = SIZE === null ? 1e9 : Number(SIZE[1]) * (SIZE[2] === 'GB' ? 1e9 : 1e6);

/** `--size=200MB` for another size. What a clinic writes in an hour is written in two seconds here: how long the hours were is all the same to a replay. */
export async function benchSweep({ folder, quick, add, say }) {
  const bytes = quick ? 50e6 : BYTES;
  await makeSource(folder, bytes);
  const plans = {
    one: writePlan(folder, 'one', ''),
    seven: writePlan(folder, 'seven', `schedule: { drill: { sweep: { points: ${POINTS}, every: 2s } } }\n`),
  };
  const times = { one: [], seven: [] };
  for (let round = 0; round < (quick ? 1 : 2); round += 1) {
    for (const [name, plan] of Object.entries(plans)) {
      // What was written before is not to be written in anybody's time.
      await run('sync', []);
      const { record, ms } = await drill(plan, `${folder}/home`);
      if (record.sweep.length !== (name === 'one' ? 0 : POINTS - 1)) throw new Error(`${record.sweep.length} further points were proved`);
      times[name].push(ms);
      const parts = record.phases.map(phase => `${phase.phase} ${seconds(phase.durationMs)}`).join(', ');
      const points = record.sweep.map(one => seconds(one.durationMs)).join(', ');
      say(`${name}: ${seconds(ms)}; ${parts}${points === '' ? '' : `; points ${points}`}`);
    }
  }
  // The quieter of two rounds: others may work on this machine.
  const [one, seven] = [Math.min(...times.one), Math.min(...times.seven)];
  add(
    `sweep of ${POINTS} points / one drill`,
    seven / one,
    1.5,
    `${seconds(seven)} / ${seconds(one)}, ${megabytes(bytes)}, default probes`,
  );
}

function writePlan(folder, name, more) {
  const backup = `{ tool: pg-basebackup, from: ${folder}/base, wal: ${folder}/wal }`;
  const plan = `plan: ${name}\nclient: bench\ncontract: { rto: 4h, rpo: 7d }\ncomponents:\n  database:\n    backup: ${backup}\n${more}`;
  writeFileSync(`${folder}/${name}.yaml`, plan);
  return `${folder}/${name}.yaml`;
}

/** Old rows that do not compress and nobody writes any more, and a table that grows and changes: a base backup, then an hour's log for each point. */
async function makeSource(folder, bytes) {
  for (const path of [folder, `${folder}/base`, `${folder}/wal`]) {
    mkdirSync(path, { recursive: true });
    chmodSync(path, 0o777);
  }
  const settings = { fsync: 'off', autovacuum: 'off', max_wal_size: '4GB', shared_buffers: '128MB' };
  const source = await startServer({ ...settings, archive_mode: 'on', archive_command: `cp %p ${folder}/wal/%f` });
  const sql = text => source.tool('psql', ['-qX', '-v', 'ON_ERROR_STOP=1', '-c', text]);
  try {
    await sql('create extension pgcrypto');
    await sql(`create table noise (id int primary key, bytes bytea not null); alter table noise alter bytes set storage external;
      insert into noise select i, gen_random_bytes(1000) from generate_series(1, ${Math.ceil(bytes / 1_150)}) i`);
    await sql('create table visit (id serial primary key, at timestamptz not null default clock_timestamp(), what text)');
    await sql('insert into visit (what) select md5(i::text) from generate_series(1, 20000) i');
    // As autovacuum leaves it: nothing is left to be noted in old rows by whoever reads them first.
    await sql('vacuum analyze');
    await source.tool('pg_basebackup', ['-D', `${folder}/base/one`, '-X', 'none', '-c', 'fast'], AS_SERVER);
    // What filled the tables is in the base backup, and no part of the way.
    for (let hour = 0; hour <= POINTS; hour += 1) {
      await sleep(2_000);
      await sql('insert into visit (what) select md5(i::text) from generate_series(1, 10000) i');
      await sql(`update visit set what = 'seen' where id % 10 = ${hour}`);
      // A server makes one every few minutes.
      await sql('checkpoint');
      await archived(source);
    }
  } finally {
    await source.stop();
  }
}

/** Ends the segment in use and waits until it is in the archive: a server that is stopped at once leaves half of it there. */
async function archived({ tool }) {
  const ask = async text => (await tool('psql', ['-qXAtc', text])).stdout.trim();
  const name = await ask('select pg_walfile_name(pg_switch_wal())');
  for (let tries = 0; (await ask(`select last_archived_wal >= '${name}' from pg_stat_archiver`)) !== 't'; tries += 1) {
    if (tries > 600) throw new Error(`${name} was never archived`);
    await sleep(50);
  }
}
