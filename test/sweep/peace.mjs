// After the last kill: workers that nobody disturbs, until there is nothing left to do.
import { execFileSync } from 'node:child_process';
import { utimesSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { dueDrills } from './due.mjs';
import { endsInTime } from './killing.mjs';
import { entriesOf } from './ledger-file.mjs';

/** Longer than a drill of another machine must be silent before it is signed as lost. */
const NO_PROGRESS_MS = 150_000;
/** Checks and signs of life go on for ever, whether anything else does or not. */
const LONGEST_MS = 300_000;

/** First a round in which what was broken off is tried again; then, a day later, whatever has not been drilled must be signed as missed. */
export async function peace(sweep, { roundMs, enoughDrills }) {
  sweep.place.rest();
  sweep.say('in peace: what was broken off is tried again');
  const before = concluded(sweep);
  await undisturbed(sweep, sweep.shift() + roundMs, () => concluded(sweep) - before >= enoughDrills);
  sweep.say(`${concluded(sweep) - before} drills came to a verdict; now a day later`);
  // Whoever died while it sent leaves the message for two minutes, and its temporary files for one: the time is taken as over.
  const old = new Date(Date.now() - 600_000);
  for (const { home } of sweep.machines) for (const path of leftFiles(home)) utimesSync(path, old, old);
  await undisturbed(sweep, 0, () => false);
}

async function undisturbed(sweep, shiftMs, isEnough) {
  sweep.setShift(shiftMs);
  const workers = sweep.machines.map(machine => sweep.start(sweep.roles.find(role => role.machine === machine)));
  await sweep.server.sql(`update resurgam.delivery set due_at = '${sweep.now()}' where state = 'waiting' and due_at > '${sweep.now()}'`);
  const from = performance.now();
  let last = { text: '', at: from };
  for (let still = 0; still < 3 && !isEnough();) {
    await sleep(500);
    const { waits, sum, at } = await waiting(sweep);
    // Of the first quiet look: what becomes due while it is asked may be written down a moment later.
    if (waits !== '' || still === 0) sweep.lookedAt = at;
    still = waits === '' ? still + 1 : 0;
    if (`${waits} ${sum}` !== last.text) last = { text: `${waits} ${sum}`, at: performance.now() };
    if (performance.now() - last.at > NO_PROGRESS_MS * sweep.pace() || performance.now() - from > LONGEST_MS * sweep.pace()) break;
    sweep.progress(`waits for ${waits}`);
  }
  const { waits } = await waiting(sweep);
  if (waits !== '' && !isEnough()) {
    const open = [...sweep.running.values()].flatMap(one =>
      [...one.open.values()].map(({ name, since }) => `${name} since ${seconds(since)} s`),
    );
    sweep.stuck.push(`${waits} (${open.join(', ')})`);
    sweep.say(`nothing moves any more, and still it waits for ${waits}`);
  }
  for (const worker of workers) {
    worker.kill('SIGTERM');
    const isInTime = await endsInTime(sweep, worker);
    if (!isInTime || worker.exit !== 0) sweep.ungraceful.push(`${worker.role.name} in peace: ${isInTime ? worker.exit : 'silent'}`);
  }
}

function seconds(since) {
  return Math.round((performance.now() - since) / 1_000);
}

function concluded({ machines, place }) {
  const all = place.clients.flatMap(client => entriesOf(machines[0], client));
  return all.filter(({ type, verdict }) => type === 'drill-finished' && verdict !== 'inconclusive').length;
}

function leftFiles(home) {
  const names = ['-name', '*.tmp', '-o', '-name', '.probe-*', '-o', '-name', '.new-*'];
  return String(execFileSync('find', [home, '-path', `${home}/postgres`, '-prune', '-o', '(', ...names, ')', '-print']))
    .split('\n')
    .filter(Boolean);
}

/** What is to be done before everything is quiet, in words; and a sum that changes whenever anything is done. */
async function waiting(sweep) {
  const { machines, place, server, mail, now, running } = sweep;
  const at = now();
  const all = place.clients.map(client => [client, entriesOf(machines[0], client)]);
  const drills = all.reduce((sum, [, entries]) => sum + dueDrills(entries, at).length, 0);
  const [{ outbox }] = await server.sql('select count(*)::int as outbox from resurgam.outbox');
  const [{ mails }] = await server.sql(
    `select count(*)::int as mails from resurgam.delivery where state = 'waiting' and due_at <= '${at}'`,
  );
  // What is being sent is due only later again, in case that its sender dies.
  const sending = [...running.values()].flatMap(({ open }) => [...open.values()]).filter(({ name }) => name === 'deliver').length;
  const cursors = new Map((await server.sql('select client, seq from resurgam.follow_cursor')).map(({ client, seq }) => [client, seq]));
  const behind = all.reduce((sum, [client, entries]) => sum + Math.max(0, entries.length - 5 - (cursors.get(client) ?? 0)), 0);
  const parts = [
    drills > 0 ? `${drills} drills` : '',
    outbox > 0 ? `${outbox} entries` : '',
    mails + sending > 0 ? `${mails + sending} mails` : '',
    behind > 0 ? `${behind} entries to follow` : '',
  ];
  return { at, waits: parts.filter(Boolean).join(', '), sum: all.reduce((sum, [, entries]) => sum + entries.length, mail.accepted.length) };
}
