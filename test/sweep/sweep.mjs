// One sweep: what it was asked for, what it has, what it has seen; and how everything of it goes away again.
import { randomInt } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chance } from './chance.mjs';
import { clearAway } from './clear-away.mjs';
import { smallDisk } from './full-disk.mjs';
import { makeMachines } from './machines.mjs';
import { receiveMail } from './mail.mjs';
import { makePlace } from './place.mjs';
import { privateServer } from './private-server.mjs';
import { makeTally } from './tally.mjs';
import { startWorker } from './worker.mjs';

/** From start to the first word of a worker on an idle machine; on a busy one everything is given more time. */
const USUAL_START_MS = 250;
const PROGRESS_MS = 10_000;

export function optionsOf() {
  const text = name => ({ [name]: { type: 'string' } });
  const flag = name => ({ [name]: { type: 'boolean', default: false } });
  const { values } = parseArgs({
    options: {
      ...text('kills'),
      ...text('least'),
      ...text('seed'),
      ...text('machines'),
      ...text('main'),
      ...flag('disk-full'),
      ...flag('keep'),
    },
  });
  const whole = (name, usual, least) => {
    const value = Number(values[name] ?? usual);
    if (!Number.isInteger(value) || value < least) throw new Error(`--${name} ${values[name]}: expected a whole number, at least ${least}`);
    return value;
  };
  const kills = whole('kills', 220, 1);
  return {
    kills,
    least: whole('least', Math.max(1, Math.min(5, Math.floor(kills / 40))), 0),
    seed: whole('seed', randomInt(2 ** 31), 0),
    machines: whole('machines', 1, 1),
    main: values.main ?? fileURLToPath(new URL('../../dist/main.js', import.meta.url)),
    diskFull: values['disk-full'],
    keep: values.keep,
  };
}

export async function makeSweep(options) {
  const began = performance.now();
  const say = line => console.log(`${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s  ${line}`);
  say(`seed ${options.seed}: ${options.kills} kills, each phase at least ${options.least} times, ${options.machines} machine(s)`);
  const random = chance(options.seed);
  const size =
    options.kills > 50
      ? { clients: ['lakeside', 'hillcrest'], good: ['ehr', 'labs', 'portal'], bad: ['cut', 'none'] }
      : { clients: ['lakeside'], good: ['ehr', 'labs', 'portal'], bad: ['cut'] };
  const place = await makePlace(size);
  const network = options.machines > 1 ? await makeMachines(place.folder, options.machines) : undefined;
  const mail = await receiveMail(random, network?.mail ?? { host: '127.0.0.1' });
  const machines = (network?.machines ?? [{ name: 'here', enter: [], address: '127.0.0.1', env: {} }]).map(one => {
    const home = join(place.folder, one.name);
    return { ...one, home, env: { ...envOf({ place, home, smtp: mail.url.replace('0.0.0.0', one.address) }), ...one.env } };
  });
  const disk = options.diskFull ? smallDisk(machines[0].home) : undefined;
  const server = network?.server ?? privateServer(machines[0].home);
  const tools = {
    main: options.main,
    say,
    random,
    place,
    mail,
    machines,
    server,
    network,
    roles: rolesOf(machines, options.kills > 50),
    tally: makeTally(options.least),
    demanded: options.kills,
  };
  const sweep = { ...tools, ...recordOf(tools) };
  sweep.end = once(async () => {
    sweep.isOver = true;
    await clearAway(sweep, { keep: options.keep });
    await server.stop();
    await network?.remove();
    disk?.remove();
    if (options.keep) say(`kept: ${place.folder}`);
    else place.remove();
  });
  return sweep;
}

function envOf({ place, home, smtp }) {
  return {
    ...{ PATH: process.env.PATH, HOME: place.folder, RESURGAM_HOME: home, RESURGAM_PLANS: place.plans, NO_COLOR: '1' },
    ...{ SMTP_URL: smtp, RESURGAM_URL: 'http://127.0.0.1:8470', RESURGAM_PORT: '0' },
  };
}

/** One machine has three workers, several have two each; for few kills one less. */
function rolesOf(machines, isLarge) {
  const work = ['work', '--site', 'local', '--interval', '1'];
  return machines.flatMap((machine, at) => [
    { name: `${machine.name} serve`, machine, args: ['serve', '--interval', '1', '--slots', at === 0 ? '2' : '1'] },
    ...(machines.length === 1 || isLarge ? [{ name: `${machine.name} work`, machine, args: work }] : []),
    ...(machines.length === 1 && isLarge ? [{ name: `${machine.name} work 2`, machine, args: work }] : []),
  ]);
}

/** What is counted, and what is asked of it. */
function recordOf({ main, place, tally, say }) {
  let shift = 0;
  let pace = 1;
  let said = performance.now();
  const record = {
    ...{ isOver: false, starved: 0, running: new Map(), lost: [], ownEnds: [], ungraceful: [], stuck: [], outages: [], pids: new Set() },
    counts: { kills: 0, started: 0, asked: 0, server: new Map(), faults: new Map() },
    pace: () => pace,
    shift: () => shift,
    setShift: ms => (shift = ms),
    /** What time it is for the workers. */
    now: () => new Date(Date.now() + shift).toISOString(),
    progress: line => {
      if (performance.now() - said < PROGRESS_MS) return;
      said = performance.now();
      say(line);
    },
    count: (phases, kind) => {
      record.counts.kills += 1;
      if (kind.startsWith('SIGTERM')) record.counts.asked += 1;
      tally.count(phases, kind);
    },
    start: (role, aim) => {
      if (record.isOver) throw new Error('the sweep was ended');
      const worker = startWorker({ main, role, log: place.log(role), shiftMs: shift, aim });
      record.counts.started += 1;
      record.pids.add(worker.pid);
      record.running.set(role.name, worker);
      return worker;
    },
    /** Learns how busy the machine is. */
    lived: worker => {
      if (worker.readyMs !== undefined) pace = Math.min(10, Math.max(1, 0.8 * pace + (0.2 * worker.readyMs) / USUAL_START_MS));
    },
    /** Whether it may have gone wrong because of what we had taken away: the disk, the network. */
    excused: ({ startedAt, at }) => record.outages.some(({ from, to = '9' }) => startedAt <= to && at >= from),
  };
  return record;
}

function once(act) {
  let done;
  return () => (done ??= act());
}
