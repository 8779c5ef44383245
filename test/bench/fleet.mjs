// A worker with many plans, in a process of its own with a state and ledgers of its own, on a clock that is set from look to look.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeBackups } from './backups.mjs';
import { megabytes, peakMemory, run, seconds } from './tool.mjs';

const HERE = fileURLToPath(import.meta.url);
const SYSTEMS = 50;
/** The worker's own default between two looks. */
const INTERVAL_MS = 5_000;
const DAY_MS = 86_400_000;

export async function benchFleet({ folder, quick, add, say }) {
  const clients = quick ? 20 : 200;
  const { tiny } = await makeBackups(`${folder}/backups`, [{ name: 'tiny', scale: 1, noiseMegabytes: 1, compress: true }]);
  writePlans(`${folder}/plans`, clients, tiny.folder);
  const env = { PATH: process.env.PATH, HOME: folder, RESURGAM_HOME: `${folder}/home`, RESURGAM_PLANS: `${folder}/plans` };
  const looks = quick ? 40 : 240;
  const plans = clients * SYSTEMS;
  const done = await run(process.execPath, ['--expose-gc', HERE, String(looks)], { env, watch: peakMemory, timeout: 3_600_000 });
  const { first, begun, steady, later, settledBytes, problems, unwritten } = JSON.parse(done.stdout.trim().split('\n').at(-1));
  for (const problem of problems.slice(0, 5)) say(`the worker said: ${problem}`);
  if (problems.length > 0) throw new Error(`the worker could not do ${problems.length} things`);
  if (unwritten > 0) throw new Error(`of ${unwritten} clients no schedule was written`);
  const began = `of a new home the first look, which reads every plan, took ${seconds(first.ms)}, and ${begun.length} more wrote every schedule, worst ${seconds(worst(begun))}`;
  say(began);
  const basis = `${looks} looks, ${spread(steady)}; ${began}`;
  add(`tick over ${plans} plans, 99th percentile`, at(times(steady), 0.99) / 1000, 1, basis, 's');
  const week = `the ${later.length} looks after eight days off: what was due is missed, schedules are continued, days are said; ${spread(later)}`;
  add(`tick over ${plans} plans after eight days off, 99th percentile`, at(times(later), 0.99) / 1000, 1, week, 's');
  const memory = `RSS of the worker alone, without PostgreSQL: peak ${megabytes(done.watched)}; after the last look and a collection ${megabytes(settledBytes)}`;
  add(`memory of a worker with ${plans} plans`, done.watched / 1e6, 300, memory, 'MB');
}

function writePlans(folder, clients, backups) {
  for (let one = 0; one < clients; one += 1) {
    const client = `c${String(one).padStart(3, '0')}`;
    mkdirSync(join(folder, client), { recursive: true });
    writeFileSync(join(folder, client, 'client.yaml'), `client: ${client}\nname: Clinic ${one}\ntimezone: America/Chicago\n`);
    for (let system = 0; system < SYSTEMS; system += 1) {
      const plan = `${client}-s${String(system).padStart(2, '0')}`;
      const minute = (one * SYSTEMS + system) % 1440;
      const text = `plan: ${plan}
client: ${client}
components:
  database:
    backup: { tool: pg-dump, from: ${backups}, job: { every: 20d, grace: 10m } }
contract: { rto: 4h, rpo: 30d }
schedule:
  backupCheck: "${minute % 60} ${Math.floor(minute / 60)} * * *"
  drill: { every: 30d, pick: latest }
  timezone: America/Chicago
`;
      writeFileSync(join(folder, client, `${plan}.yaml`), text);
    }
  }
}

const times = looks => looks.map(({ ms }) => ms);
const worst = looks => at(times(looks), 1);

/** The processor's time beside the clock's: on a machine that does other things too the one tells what the other cannot. */
function spread(looks) {
  const cpu = looks.map(({ cpuMs }) => cpuMs);
  return `median ${seconds(at(times(looks), 0.5))}, worst ${seconds(worst(looks))}; processor time median ${seconds(at(cpu, 0.5))}, 99th percentile ${seconds(at(cpu, 0.99))}`;
}

function at(figures, share) {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
}

/** The worker: prints how long each look took. What it began in the background has ended before the next look, and does not count. */
async function work(looks) {
  const [{ compose }, { endWorker, settled, startWorker, tick }, { stopPrivateServer }] = await Promise.all([
    import('../../dist/compose.js'),
    import('../../dist/worker.js'),
    import('../../dist/system/private-postgres.js'),
  ]);
  let now = Date.now();
  const clock = { now: () => new Date(now).toISOString(), monotonicMs: () => performance.now() };
  const app = compose({ env: process.env, stop: new AbortController().signal, clock });
  const problems = [];
  const say = (level, line) => level === 'error' && problems.push(line);
  // No slots: what is due is found at every look, and no drill takes time from what is measured.
  const setting = { id: 'bench', site: null, slots: 0, intervalMs: INTERVAL_MS, publicUrl: null, say };
  try {
    const worker = await startWorker(app, setting);
    const look = async () => {
      const [began, cpu] = [performance.now(), process.cpuUsage()];
      await tick(worker);
      const [ms, { user, system }] = [performance.now() - began, process.cpuUsage(cpu)];
      await settled(worker);
      now += INTERVAL_MS;
      return { ms, cpuMs: (user + system) / 1000 };
    };
    const many = async count => {
      const all = [];
      for (let index = 0; index < count; index += 1) all.push(await look());
      return all;
    };
    const clients = readdirSync(process.env.RESURGAM_PLANS).length;
    const first = await look();
    const begun = [];
    while (worker.scheduled.size < clients && begun.length < clients) begun.push(await look());
    const unwritten = clients - worker.scheduled.size;
    const steady = await many(looks);
    now += 8 * DAY_MS;
    const later = await many(Math.ceil(looks / 2));
    globalThis.gc();
    const settledBytes = process.memoryUsage().rss;
    await endWorker(worker);
    process.stdout.write(`${JSON.stringify({ first, begun, steady, later, settledBytes, problems, unwritten })}\n`);
  } finally {
    await app.closeState();
    await stopPrivateServer(join(process.env.RESURGAM_HOME, 'postgres'));
  }
}

if (process.argv[1] === HERE) await work(Number(process.argv[2]));
