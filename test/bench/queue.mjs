// Drills that restore nothing, through the queue: two workers in processes of their own over one PostgreSQL server. Everything around a drill is
// real: the job, the claim and the end in the shared ledger with their signatures, the escalations that follow it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run, seconds, startServer } from './tool.mjs';

const HERE = fileURLToPath(import.meta.url);
const SYSTEMS = 25;
const SLOTS = 4;
const BEFORE = '2026-10-04T23:30:00.000Z';
const AFTER = '2026-10-05T00:05:00.000Z';

export async function benchQueue({ folder, quick, add, say }) {
  const clients = quick ? 2 : 40;
  const drills = clients * SYSTEMS;
  writePlans(folder, clients);
  // As PostgreSQL comes: what is committed is on the disk.
  const server = await startServer({});
  try {
    const env = {
      ...{ PATH: process.env.PATH, HOME: folder, RESURGAM_HOME: join(folder, 'home'), RESURGAM_PLANS: join(folder, 'plans') },
      ...{ DATABASE_URL: `postgres://postgres@/postgres?host=${encodeURIComponent(server.folder)}`, RESURGAM_LEDGERS: 'shared' },
    };
    await worker(env, ['schedule']);
    const both = await Promise.all(['a', 'b'].map(name => worker(env, ['drill', name])));
    const done = both.reduce((sum, { count }) => sum + count, 0);
    for (const { problems } of both) for (const problem of problems.slice(0, 3)) say(`a worker said: ${problem}`);
    if (done !== drills) throw new Error(`${done} drills were done, ${drills} were due`);
    const ms = Math.max(...both.map(({ last }) => last)) - Math.min(...both.map(({ first }) => first));
    const shares = both.map(({ count }) => count).join(' and ');
    const basis = `${drills} drills in ${seconds(ms)}, ${shares} by two processes with ${SLOTS} slots each, from the first look to the last end`;
    add('drills that restore nothing, through the queue', (drills / ms) * 60_000, 1_000, basis, '/min', 'atLeast');
  } finally {
    await server.stop();
  }
}

async function worker(env, args) {
  const { stdout } = await run(process.execPath, [HERE, ...args], { env });
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

function writePlans(folder, clients) {
  const backups = join(folder, 'backups');
  mkdirSync(backups);
  for (let one = 0; one < clients; one += 1) {
    const client = `c${String(one).padStart(2, '0')}`;
    const at = join(folder, 'plans', client);
    mkdirSync(at, { recursive: true });
    writeFileSync(join(at, 'client.yaml'), `client: ${client}\nname: Clinic ${one}\ntimezone: UTC\n`);
    for (let system = 0; system < SYSTEMS; system += 1) {
      const plan = `${client}-s${String(system).padStart(2, '0')}`;
      const text = `plan: ${plan}
client: ${client}
components:
  database:
    backup: { tool: pg-dump, from: ${backups}, job: { every: 20d, grace: 10m } }
contract: { rto: 4h, rpo: 30d }
limits: { cpus: 1, memory: 512MiB, disk: 100MiB }
schedule:
  backupCheck: "0 12 * * *"
  drill: { cron: "0 0 * * *", pick: latest }
  timezone: UTC
`;
      writeFileSync(join(at, `${plan}.yaml`), text);
    }
  }
}

/** A worker of its own. `schedule`: writes the schedules, before anything is due; `drill`: drills until nothing is left. */
async function work(what, name) {
  const [{ compose }, { endWorker, settled, startWorker, tick }, { executeDrill }] = await Promise.all([
    import('../../dist/compose.js'),
    import('../../dist/worker.js'),
    import('../../dist/cli/run-drill.js'),
  ]);
  const began = Date.parse(what === 'schedule' ? BEFORE : AFTER) - performance.now();
  const clock = { now: () => new Date(began + performance.now()).toISOString(), monotonicMs: () => performance.now() };
  const app = compose({ env: process.env, stop: new AbortController().signal, clock });
  const problems = [];
  const say = (level, line) => level === 'error' && problems.push(line);
  const done = { count: 0, last: 0 };
  const setting = { id: `bench-${name ?? what}`, site: null, slots: SLOTS, intervalMs: 5_000, publicUrl: null, say };
  try {
    const noop = nothingRestored(app, executeDrill);
    const execute = async order => {
      const drilled = await noop(order);
      done.count += 1;
      done.last = Date.now();
      return drilled;
    };
    const worker = await startWorker(app, setting, execute);
    const first = Date.now();
    if (what === 'schedule') await scheduleOnly(worker, tick);
    else await untilNothingIsLeft(worker, { tick, settled });
    await endWorker(worker);
    process.stdout.write(`${JSON.stringify({ first, ...done, problems })}\n`);
  } finally {
    await app.closeState();
  }
}

/** Every store counts as looked at: the checks that a first look begins are not what is measured. */
async function scheduleOnly(worker, tick) {
  for (let one = 0; one < 8; one += 1) worker.checks.set(`not now ${one}`, Promise.resolve());
  await tick(worker);
  worker.checks.clear();
  const checked = `insert into backup_check (client, plan, component, at, outcome, codes, points) select client, plan, 'database', $1, 'passed', '{}', 1 from plan`;
  await worker.state.all(tx => tx.query(checked, [BEFORE]));
}

async function untilNothingIsLeft(worker, { tick, settled }) {
  for (let quiet = 0; quiet < 2;) {
    await tick(worker);
    await settled(worker);
    const depth = await worker.queue?.depth();
    quiet = depth !== undefined && depth.every(({ waiting, running }) => waiting + running === 0) ? quiet + 1 : 0;
  }
}

/** The first drill is a real one, of a folder without a backup; the others are entered with its record, as if they had passed. */
function nothingRestored(app, executeDrill) {
  let sample;
  return async order => {
    if (sample === undefined) {
      const { outcome } = await executeDrill(order);
      sample = { ...outcome.printed, verdict: 'passed', reasons: [], findings: [] };
      return { outcome };
    }
    const { plan, occurrence, trigger } = order;
    const ledger = await app.ledger({ client: plan.client, domain: 'resurgam.local', timeZone: 'UTC' });
    const { book } = await app.drillTools({ events: {}, explain: () => undefined, cutOff: () => undefined }, ledger);
    const at = app.now();
    const about = {
      ...{ drill: book.newDrillId(at), plan: plan.plan, planDigest: plan.digest, occurrence, trigger, attempt: 1, retryOf: null },
      ...{ site: plan.site, failureInstant: at, population: null, sample: null },
    };
    const sandbox = { kind: 'namespace', cpus: 1, memoryBytes: 2 ** 29, diskBytes: 2 ** 20 };
    const objectives = { rtoMs: plan.contract.rtoMs, rpoMs: plan.contract.rpoMs };
    await book.started({ ...about, worker: app.worker, sandbox, recoveryPoints: [], objectives, probes: 0 }, plan);
    const record = { ...sample, ...about, client: plan.client, startedAt: at, endedAt: app.now() };
    const { ledger: _, ...signed } = record;
    await book.finished(signed, plan, {});
    return { outcome: { printed: signed } };
  };
}

if (process.argv[1] === HERE) await work(process.argv[2], process.argv[3]);
