// Starts workers, waits until they are at something, and kills them; and the server, and whatever else may be lost.
import { setTimeout as sleep } from 'node:timers/promises';
import { isAnyFresh } from './due.mjs';
import { entriesOf } from './ledger-file.mjs';
import { backendsOf } from './private-server.mjs';
import { phaseOf, phasesOf } from './tally.mjs';
import { lastLines } from './worker.mjs';

const IDLE_MS = 2_500;
/** Whoever looked so often and began no drill has none to begin: another has it, or nothing is due. */
const VAIN_LOOKS = 3;
const LONGEST_LIFE_MS = 15_000;
const GRACE_MS = 60_000;
/** In these a drill is under way that only its own process can end. */
const UNDER_WAY = new Set(['provision', 'fetch', 'restore', 'start', 'workflows', 'probes', 'destroy']);

/** One worker after the other in this role, each until it is killed. `isOver` is asked in between. */
export async function keepKilling(sweep, role, isOver) {
  const { random, tally, place } = sweep;
  while (!isOver()) {
    if (random.happens(0.3)) place.reschedule(random);
    const [target, kind] = [tally.next(random), kindOf(random)];
    const isOwnHand = target !== 'any' && kind === 'SIGKILL' && random.happens(0.7);
    const worker = sweep.start(role, isOwnHand ? { phase: target, afterMs: random.between(0, 0.7 * tally.usual(target)) } : undefined);
    await reached(sweep, worker, isOwnHand ? 'its own end' : target);
    if (worker.exit === undefined && worker.struck === undefined) {
      // It looked and never came to that: perhaps there is nothing left to drill.
      const isVain = target !== 'any' && ![...worker.open.values(), ...worker.past].some(({ name }) => phaseOf(name) === target);
      if (!isVain || place.clients.some(client => isAnyFresh(entriesOf(sweep.machines[0], client), sweep.now()))) sweep.starved = 0;
      else sweep.starved += 1;
    }
    if (worker.exit === undefined && worker.struck === undefined) await strike(sweep, worker, kind);
    await worker.ended;
    if (worker.struck === undefined && isOwnHand && worker.exit === 'SIGKILL') died(sweep, worker, kind);
    if (worker.struck === undefined)
      sweep.ownEnds.push({ role: role.name, at: sweep.now(), exit: worker.exit, said: lastLines(worker.log, 4) });
    sweep.lived(worker);
  }
}

function kindOf(random) {
  const draw = random.between(0, 1);
  return draw < 0.1 ? 'all at once' : draw < 0.22 ? 'SIGTERM' : draw < 0.3 ? 'SIGTERM, then SIGKILL' : 'SIGKILL';
}

/** Waits until the worker is at the target and a random moment longer; or has nothing to do, or has lived long, or is dead. */
function reached({ random, tally, pace, place }, worker, target) {
  return new Promise(resolve => {
    const limit = target === 'any' ? random.between(0, 2_500) : LONGEST_LIFE_MS;
    const looking = setInterval(() => {
      const isIdle = worker.open.size === 0 && worker.spans > 0 && performance.now() - worker.saidAt > IDLE_MS * pace();
      const isDrilling = [...worker.open.values()].some(({ name }) => name === 'drill');
      const isVain = target !== 'any' && !isDrilling && worker.looks >= VAIN_LOOKS * place.clients.length;
      if (isIdle || isVain || performance.now() - worker.startedAt > limit * pace()) done();
    }, 50);
    const begins = name => {
      if (phaseOf(name) === target) setTimeout(done, random.between(0, 0.7 * tally.usual(target)));
    };
    worker.events.on('begins', begins);
    worker.events.on('ends', tally.took);
    const done = () => {
      clearInterval(looking);
      worker.events.off('begins', begins);
      resolve();
    };
    void worker.ended.then(done);
  });
}

async function strike(sweep, worker, kind) {
  const all = [...sweep.running.values()].filter(one => one.exit === undefined && one.struck === undefined);
  if (kind === 'all at once' && all.length > 1) {
    if (sweep.random.happens(0.3)) killServer(sweep, 'with all workers');
    return void (await Promise.all(all.map(one => killed(sweep, one, kind))));
  }
  if (!kind.startsWith('SIGTERM')) return killed(sweep, worker, 'SIGKILL');
  worker.struck = kind;
  const phases = phasesOf(worker);
  worker.kill('SIGTERM');
  if (kind !== 'SIGTERM') {
    await Promise.race([sleep(sweep.random.between(0, 600) * sweep.pace()), worker.ended]);
    return killed(sweep, worker, kind);
  }
  if (!(await endsInTime(sweep, worker)))
    sweep.ungraceful.push(`${worker.role.name} said nothing for a minute after SIGTERM, at ${[...phases]}`);
  // Before its program has begun to listen for it the signal ends it at once: nothing was begun.
  else if (worker.exit !== 0 && !(worker.exit === 'SIGTERM' && worker.spans === 0))
    sweep.ungraceful.push(`${worker.role.name} ended with ${worker.exit}: ${lastLines(worker.log, 4)}`);
  sweep.count(phases, kind);
}

/** It may take long; it may not be silent for long. */
export async function endsInTime({ pace }, worker) {
  const from = performance.now();
  while (worker.exit === undefined) {
    if (performance.now() - Math.max(from, worker.saidAt) > GRACE_MS * pace()) {
      worker.kill('SIGKILL');
      await worker.ended;
      return false;
    }
    await Promise.race([sleep(250), worker.ended]);
  }
  return true;
}

async function killed(sweep, worker, kind) {
  worker.struck = kind;
  worker.kill('SIGKILL');
  await worker.ended;
  died(sweep, worker, kind);
}

/** By what it had said last, not by what was seen before: so much is sure. */
function died(sweep, worker, kind) {
  worker.struck = kind;
  for (const { name, of, at: since } of worker.open.values()) {
    const [client, plan] = of?.split('/') ?? [];
    if (UNDER_WAY.has(name) && plan !== undefined) sweep.lost.push({ client, plan, since, at: sweep.now() });
  }
  sweep.count(phasesOf(worker), kind);
}

/** Every twenty kills or so the server dies too: all of it, or one of its processes, which makes it begin again. */
export async function keepKillingServer(sweep, isOver) {
  let next = sweep.counts.kills + sweep.random.between(5, 20);
  while (!isOver()) {
    await sleep(50);
    if (sweep.counts.kills < next) continue;
    if (killServer(sweep, sweep.random.pick(['its postmaster', 'one backend']))) next = sweep.counts.kills + sweep.random.between(15, 30);
  }
}

function killServer({ server, random, counts }, what) {
  const pid = server.pid();
  const victim = pid === undefined || what !== 'one backend' ? pid : random.pick(backendsOf(pid));
  if (victim === undefined) return false;
  try {
    process.kill(victim, 'SIGKILL');
  } catch {
    return false;
  }
  counts.server.set(what, (counts.server.get(what) ?? 0) + 1);
  return true;
}
