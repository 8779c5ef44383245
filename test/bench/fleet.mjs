// A worker with many plans, in a process of its own with a state and ledgers of its own, on a clock that is set from look to look.
import { mkdirSync, writeFileSync } from 'node:fs';
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
  const done = await run(process.execPath, ['--expose-gc', HERE, String(looks)], { env, watch: peakMemory });
  const { first, steady, later, settledBytes, problems } = JSON.parse(done.stdout.trim().split('\n').at(-1));
  const plans = clients * SYSTEMS;
  for (const problem of problems.slice(0, 5)) say(`the worker said: ${problem}`);
  if (problems.length > 0) throw new Error(`the worker could not do ${problems.length} things`);
  say(`first look at ${plans} plans, which writes every schedule: ${seconds(first)}`);
  const basis = `${looks} looks, median ${seconds(at(steady, 0.5))}, worst ${seconds(at(steady, 1))}; the first, which writes every schedule, took ${seconds(first)}`;
  add(`tick over ${plans} plans, 99th percentile`, at(steady, 0.99) / 1000, 1, basis, 's');
  const weeks = `eight days later: everything that was due is missed, every schedule is continued; worst ${seconds(at(later, 1))}, first ${seconds(later[0])}`;
  add(`tick over ${plans} plans after eight days off, 99th percentile`, at(later.slice(1), 0.99) / 1000, 1, weeks, 's');
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
      const began = performance.now();
      await tick(worker);
      const ms = performance.now() - began;
      await settled(worker);
      now += INTERVAL_MS;
      return ms;
    };
    const many = async count => {
      const all = [];
      for (let index = 0; index < count; index += 1) all.push(await look());
      return all;
    };
    const first = await look();
    const steady = await many(looks);
    now += 8 * DAY_MS;
    const later = await many(Math.ceil(looks / 2));
    globalThis.gc();
    const settledBytes = process.memoryUsage().rss;
    await endWorker(worker);
    process.stdout.write(`${JSON.stringify({ first, steady, later, settledBytes, problems })}\n`);
  } finally {
    await app.closeState();
    await stopPrivateServer(join(process.env.RESURGAM_HOME, 'postgres'));
  }
}

if (process.argv[1] === HERE) await work(Number(process.argv[2]));
