// Several machines: each a network namespace of its own with one cable to the namespace in which the sweep itself, the PostgreSQL server
// and the mail server are. Namespaces have no names: they and their cables are gone when their last process is.
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startWorker } from './worker.mjs';
import { sharedServer } from './shared-server.mjs';

/** What a lost connection may still spoil after the cable is back. */
const AFTER_MS = 20_000;

export async function makeMachines(folder, count) {
  run('ip', ['link', 'set', 'lo', 'up']);
  const names = Array.from({ length: count }, (_, index) => String.fromCharCode(97 + index));
  const cables = await Promise.all(names.map((name, index) => plugIn(name, index)));
  const server = await sharedServer(
    folder,
    cables.map(({ address }) => address),
  );
  const machines = cables.map(({ name, address, enter, cable }) => ({
    ...{ name, address, enter, cable },
    env: { DATABASE_URL: server.url(address), RESURGAM_LEDGERS: 'shared', NODE_EXTRA_CA_CERTS: server.certificate.path },
  }));
  return {
    mail: { host: '0.0.0.0', ...server.certificate },
    machines,
    server,
    remove: async () => {
      for (const { holder } of cables) holder.kill('SIGKILL');
      await Promise.all(cables.map(({ gone }) => gone));
    },
  };
}

/** `address`: of the server, as this machine sees it. */
async function plugIn(name, index) {
  const holder = spawn('setpriv', ['--pdeathsig', 'KILL', 'unshare', '--net', 'sleep', 'infinity'], { stdio: 'ignore' });
  const gone = new Promise(resolve => holder.on('exit', resolve));
  while (readlinkSync(`/proc/${holder.pid}/ns/net`) === readlinkSync('/proc/self/ns/net')) await sleep(10);
  const cable = `machine-${name}`;
  const [address, own] = [`10.77.${index}.1`, `10.77.${index}.2`];
  const enter = ['nsenter', `--net=/proc/${holder.pid}/ns/net`, '--'];
  run('ip', ['link', 'add', cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(holder.pid)]);
  run('ip', ['addr', 'add', `${address}/30`, 'dev', cable]);
  run('ip', ['link', 'set', cable, 'up']);
  for (const args of [
    ['addr', 'add', `${own}/30`, 'dev', 'eth0'],
    ['link', 'set', 'lo', 'up'],
    ['link', 'set', 'eth0', 'up'],
  ]) {
    run(enter[0], [...enter.slice(1), 'ip', ...args]);
  }
  return { name, address, enter, cable, holder, gone };
}

/** Every fifteen kills or so one machine has no network for some seconds, whatever it is at. */
export async function keepCutting(sweep, isOver) {
  let next = sweep.counts.kills + sweep.random.between(3, 10);
  while (!isOver()) {
    await sleep(100);
    if (sweep.counts.kills < next) continue;
    const { cable } = sweep.random.pick(sweep.machines);
    const out = { from: sweep.now() };
    sweep.outages.push(out);
    run('ip', ['link', 'set', cable, 'down']);
    await sleep(sweep.random.between(1_000, 6_000));
    run('ip', ['link', 'set', cable, 'up']);
    out.to = new Date(Date.parse(sweep.now()) + AFTER_MS).toISOString();
    sweep.counts.faults.set('network cut', (sweep.counts.faults.get('network cut') ?? 0) + 1);
    next = sweep.counts.kills + sweep.random.between(10, 20);
  }
}

/** Whether a machine has asked to sign the ledgers of all clients. */
export function hasAsked(sweep, machine) {
  return async () => (await listed(sweep, machine)).some(({ isOwn, waiting }) => isOwn && waiting.length === sweep.place.clients.length);
}

/** What a person does who compared the fingerprint on both machines. */
export async function admit(sweep, machine) {
  const own = (await listed(sweep, machine)).find(({ isOwn }) => isOwn);
  sweep.say((await typed(sweep, sweep.machines[0], ['machine', 'admit', own.fingerprint])).trim());
}

async function listed(sweep, machine) {
  const { own, machines } = JSON.parse(await typed(sweep, machine, ['machine', 'list', '--json']));
  return machines.map(one => ({ ...one, isOwn: one.fingerprint === own }));
}

/** A command on a machine, by the clock of the workers. Gives what it printed. */
async function typed(sweep, machine, args) {
  const log = join(sweep.place.folder, `typed-${performance.now()}.log`);
  const command = startWorker({ main: sweep.main, role: { machine, args }, log, shiftMs: sweep.shift() });
  await command.ended;
  const printed = readFileSync(log, 'utf8');
  if (command.exit !== 0) throw new Error(`resurgam ${args.join(' ')} on ${machine.name} ended with ${command.exit}: ${printed}`);
  return printed;
}

function run(file, args) {
  execFileSync(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
}
