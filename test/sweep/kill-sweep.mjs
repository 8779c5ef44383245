// npm run sweep: two workers on one home and one state are killed (SIGKILL) at random moments in every phase of their work, and so is
// the PostgreSQL server that holds the state. Then a worker runs in peace, and everything is counted.
// Options: --kills 220 --seed N --main PATH --keep. Exit 0: nothing was lost; 1: something was, and it is named.
import { readFileSync, utimesSync, existsSync, watch } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { chance } from './chance.mjs';
import { entriesOf, judge } from './judge.mjs';
import { CLIENT, makePlace, receiveMail } from './place.mjs';
import { lookAt, startWorker } from './worker.mjs';

const { values: given } = parseArgs({
  options: { kills: { type: 'string' }, seed: { type: 'string' }, main: { type: 'string' }, keep: { type: 'boolean' } },
});
const KILLS = Number(given.kills ?? 220);
const SEED = Number(given.seed ?? randomInt(2 ** 31));
const MAIN = given.main ?? fileURLToPath(new URL('../../dist/main.js', import.meta.url));
/** The first schedule is written by a clock that is so far behind, so that there is something to drill from the beginning. */
const BEHIND_MS = KILLS > 50 ? 9 * 60_000 : 3 * 60_000;
const SERVER_KILLS = Math.max(1, Math.min(8, Math.floor(KILLS / 25)));
const LOOK_MS = 15;
const PATIENCE_MS = 4_000;
/** On an idle machine a worker has written its schedule after so long; on a busy one everything is given more time. */
const USUAL_START_MS = 1_500;
const LONGEST_MS = KILLS > 50 ? 900_000 : 120_000;
/** A worker lives until it is seen at this, and a random moment longer. */
const TARGETS = [
  ...['start-up', 'start-up', 'any', 'any', 'ledger', 'ledger', 'ledger', 'ledger', 'select', 'provision', 'initialise'],
  ...['fetch', 'restore', 'service and probes', 'service and probes', 'sign', 'sign', 'sign', 'deliver', 'deliver'],
];

const began = performance.now();
const say = line => console.log(`${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s  ${line}`);
const random = chance(SEED);
say(`seed ${SEED}: ${KILLS} kills of workers, ${SERVER_KILLS} of the server`);
const place = await makePlace(KILLS > 50 ? { good: ['ehr', 'labs', 'portal'], bad: ['cut', 'none'] } : { good: ['ehr'], bad: ['cut'] });
const mail = await receiveMail(random);
const env = {
  ...{ PATH: process.env.PATH, HOME: place.folder, RESURGAM_HOME: place.home, RESURGAM_PLANS: place.plans, NO_COLOR: '1' },
  ...{ SMTP_URL: mail.url, RESURGAM_URL: 'http://127.0.0.1:8470', RESURGAM_PORT: '0' },
};
const counts = { kills: 0, server: 0, started: 0, at: new Map() };
const known = { main: MAIN, env, mail, lost: [], pids: new Set(), drilled: new Set(), sql };
const ROLES = [
  { name: 'serve', args: ['serve', '--interval', '1', '--slots', '2'] },
  { name: 'work', args: ['work', '--site', 'local', '--interval', '1', '--slots', '2'] },
];
const running = new Map();
let pace = 1;
let isOver = false;
const ledgerFile = join(place.home, 'ledger', CLIENT, 'ledger.jsonl');

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void end(1));
let exitCode = 1;
try {
  await firstSchedule();
  await sweep();
  await peace();
  exitCode = report(await judge(place, known));
} catch (error) {
  console.error(error);
}
await end(exitCode);

/** Nothing of ours stays, unless somebody has to look at it. */
async function end(code) {
  isOver = true;
  for (const worker of running.values()) worker.kill('SIGKILL');
  // Somebody may have been starting it when he was killed.
  for (let looks = 0; looks < 10; looks++) {
    const pid = serverPid();
    if (pid !== undefined) process.kill(pid, 'SIGQUIT');
    await sleep(200);
  }
  if (given.keep === true) say(`kept: ${place.folder}`);
  else place.remove();
  process.exit(code);
}

function start(role, more = {}) {
  if (isOver) throw new Error('the sweep was ended');
  const worker = startWorker({ main: MAIN, args: role.args, env, log: join(place.folder, 'workers.log'), ...more });
  counts.started += 1;
  known.pids.add(worker.pid);
  running.set(role.name, worker);
  return worker;
}

/** Written in the past: from the first kill on there are drills that are due. */
async function firstSchedule() {
  const worker = start(ROLES[1], { shiftMs: BEHIND_MS });
  const from = performance.now();
  const until = from + 120_000;
  while (!(existsSync(ledgerFile) && entriesOf(join(place.home, 'ledger', CLIENT)).some(({ type }) => type === 'schedule'))) {
    if (performance.now() > until || worker.exitCode() !== undefined)
      throw new Error(`no schedule was written: ${worker.lines.join('\n')}`);
    await sleep(50);
  }
  pace = Math.min(2, Math.max(1, (performance.now() - from) / USUAL_START_MS));
  say(`the first worker needed ${((performance.now() - from) / 1000).toFixed(1)} s: times are multiplied by ${pace.toFixed(1)}`);
  kill(ROLES[1], 'schedule');
  await worker.ended;
}

async function sweep() {
  const ticker = setInterval(() => {
    say(
      `${counts.kills}/${KILLS} kills, ${counts.server} of the server; ${mail.accepted.length} mails; ${known.lost.length} drills broken off`,
    );
    if (random.happens(0.3)) place.reschedule(random);
  }, 10_000);
  const over = new AbortController();
  const server = killServer(over.signal);
  await Promise.all(ROLES.map(keepKilling));
  over.abort();
  await server;
  clearInterval(ticker);
}

async function keepKilling(role) {
  while (counts.kills < KILLS) {
    if (performance.now() - began > LONGEST_MS * pace) throw new Error(`only ${counts.kills} kills in ${LONGEST_MS / 1000} s`);
    const target = random.pick(TARGETS);
    const worker = start(role);
    const seen = await waitFor(worker, target);
    if (worker.exitCode() === 'killed') continue;
    if (worker.exitCode() !== undefined) throw new Error(`${role.name} ended by itself: ${worker.lines.slice(-5).join('\n')}`);
    if (counts.kills >= KILLS) break;
    kill(role, seen);
    await worker.ended;
    const other = ROLES.find(one => one !== role);
    if (random.happens(0.1) && counts.kills < KILLS && running.get(other.name)?.exitCode() === undefined) kill(other, 'with the other');
  }
  kill(role, 'the last');
}

/** Waits until the worker is seen at the target, or for as long as the target says. Gives what it was waited for. */
async function waitFor(worker, target) {
  if (target === 'start-up') return pause(worker, random.between(0, 900), target);
  if (target === 'any') return pause(worker, random.between(200, 4_000), target);
  const jitter = random.between(0, target === 'ledger' ? 25 : 120);
  const skip = target === 'ledger' ? Math.floor(random.between(0, 6)) : 0;
  const until = performance.now() + PATIENCE_MS * pace;
  const written = target === 'ledger' ? ledgerWrites() : undefined;
  try {
    while (performance.now() < until && worker.exitCode() === undefined) {
      const isThere =
        written === undefined
          ? look(worker).phases.has(target)
          : performance.now() > until - PATIENCE_MS * pace + 600 * pace && written.count() > skip;
      if (isThere) return await pause(worker, jitter, target);
      await sleep(written === undefined ? LOOK_MS : 2);
    }
    return 'waited long enough';
  } finally {
    written?.end();
  }
}

async function pause(worker, ms, target) {
  await Promise.race([sleep(ms * pace), worker.ended]);
  return target;
}

function look(worker) {
  return lookAt(worker.pid, { home: place.home, drilled: known.drilled, mailPorts: mail.open });
}

function ledgerWrites() {
  let count = 0;
  const watcher = watch(ledgerFile, () => (count += 1));
  return { count: () => count, end: () => watcher.close() };
}

function kill(role, why) {
  const worker = running.get(role.name);
  if (worker === undefined || worker.exitCode() !== undefined) return;
  const { phases, drills } = look(worker);
  worker.kill('SIGKILL');
  const at = new Date().toISOString();
  known.lost.push(...drills.map(({ drill }) => ({ drill, at })));
  counts.kills += 1;
  for (const phase of phases.size === 0 ? [why === 'start-up' ? why : why === 'ledger' ? 'writing the ledger' : 'between'] : phases)
    counts.at.set(phase, (counts.at.get(phase) ?? 0) + 1);
}

/** Spread over the whole sweep by the number of the workers' kills. */
async function killServer(stop) {
  for (let next = 1; next <= SERVER_KILLS; next++) {
    const at = ((next - random.between(0, 0.6)) * KILLS) / SERVER_KILLS;
    while (counts.kills < at && !stop.aborted) await sleep(50);
    const until = performance.now() + 10_000;
    while (serverPid() === undefined && performance.now() < until) await sleep(50);
    const pid = serverPid();
    if (pid === undefined) continue;
    process.kill(pid, 'SIGKILL');
    counts.server += 1;
  }
}

function serverPid() {
  try {
    const pid = Number(readFileSync(join(place.home, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[0]);
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(join(place.home, 'postgres')) ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** A worker that nobody disturbs, until there is nothing left to do. */
async function peace() {
  say(`${counts.kills} kills of ${counts.started} workers; now in peace`);
  place.rest();
  // Whoever died while it sent leaves the message for two minutes, and its temporary files for one: the time is taken as over.
  const old = new Date(Date.now() - 600_000);
  for (const path of leftFiles()) utimesSync(path, old, old);
  const worker = start(ROLES[0]);
  await untilAnswered();
  await sql("update resurgam.delivery set due_at = now() where state = 'waiting' and due_at > now()");
  const until = performance.now() + 120_000 * pace;
  for (let still = 0; still < 3;) {
    if (performance.now() > until) break;
    await sleep(700);
    const waits = await waiting();
    still = waits === '' ? still + 1 : 0;
    if (performance.now() % 5_000 < 700) say(`waits for ${waits}`);
  }
  const left = await waiting();
  if (left !== '') say(`still waits for ${left}`);
  worker.kill('SIGTERM');
  const code = await worker.ended;
  if (code !== 0) throw new Error(`the last worker ended with ${code}`);
}

function leftFiles() {
  return String(
    execFileSync('find', [
      place.home,
      '-path',
      `${place.home}/postgres`,
      '-prune',
      '-o',
      '(',
      '-name',
      '*.tmp',
      '-o',
      '-name',
      '.probe-*',
      '-o',
      '-name',
      '.new-*',
      ')',
      '-print',
    ]),
  )
    .split('\n')
    .filter(Boolean);
}

async function untilAnswered() {
  const until = performance.now() + 30_000;
  while (true) {
    try {
      return await sql('select 1 from resurgam.delivery limit 1');
    } catch (error) {
      if (performance.now() > until) throw new Error('the server did not come back', { cause: error });
      await sleep(200);
    }
  }
}

/** What is to be done before everything is quiet. */
async function waiting() {
  const entries = entriesOf(join(place.home, 'ledger', CLIENT));
  const of = type => entries.filter(one => one.type === type);
  const cancelled = new Set(of('schedule').flatMap(({ cancels }) => cancels.map(({ id }) => id)));
  const now = new Date(Date.now() + 1_500).toISOString();
  const due = of('schedule')
    .filter(({ kind }) => kind === 'drill')
    .flatMap(({ occurrences }) => occurrences)
    .filter(({ id, dueAt }) => dueAt <= now && !cancelled.has(id));
  const ended = new Set(
    of('drill-finished')
      .filter(({ verdict }) => verdict !== 'inconclusive')
      .map(({ occurrence }) => occurrence),
  );
  const drills = due.filter(({ id }) => !ended.has(id)).length;
  const [{ outbox }] = await sql('select count(*)::int as outbox from resurgam.outbox');
  const [{ mails }] = await sql("select count(*)::int as mails from resurgam.delivery where state = 'waiting' and due_at <= now()");
  const [{ seq }] = await sql('select seq from resurgam.follow_cursor');
  const parts = [drills > 0 ? `${drills} drills` : '', outbox > 0 ? `${outbox} entries` : '', mails > 0 ? `${mails} mails` : ''];
  return [...parts, seq < entries.length - 5 ? `${entries.length - seq} entries to follow` : ''].filter(Boolean).join(', ');
}

async function sql(text) {
  const socket = readFileSync(join(place.home, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[4];
  const client = new pg.Client({ host: socket, user: 'resurgam', database: 'resurgam' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

function report(checks) {
  say(
    `${counts.kills} workers and ${counts.server} servers were killed. Seen at the kill: ${[...counts.at].map(([phase, count]) => `${phase} ${count}`).join(', ')}`,
  );
  for (const { name, of, wrong, note = '' } of checks) {
    console.log(
      `${wrong.length === 0 ? 'ok   ' : 'WRONG'}  ${name}: ${of - Math.min(of, wrong.length)} of ${of}${note === '' ? '' : ` (${note})`}`,
    );
    for (const one of wrong.slice(0, 10)) console.log(`         ${one}`);
  }
  const bad = checks.filter(({ wrong }) => wrong.length > 0).length;
  say(bad === 0 ? 'nothing was lost' : `${bad} checks failed; repeat with --seed ${SEED}`);
  return bad === 0 ? 0 : 1;
}
