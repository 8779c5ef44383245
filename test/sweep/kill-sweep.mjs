// npm run sweep: workers on one home and one state are killed at random moments in every phase of their work, and so is the PostgreSQL server
// that holds the state. Then workers run in peace, and everything is counted. Exit 0: nothing was lost; 1: something was, and it is named.
// Options: --kills 220 --least N --seed N --machines 1|2 --disk-full --main PATH --keep.
import { setTimeout as sleep } from 'node:timers/promises';
import { judge, sameLedgers } from './judge.mjs';
import { keepKilling, keepKillingServer } from './killing.mjs';
import { feltFullDisk, keepFilling } from './full-disk.mjs';
import { entriesOf } from './ledger-file.mjs';
import { admit, hasAsked, keepCutting } from './machines.mjs';
import { enterOwnPlace } from './own-place.mjs';
import { peace } from './peace.mjs';
import { BACK_MS, ROUND_MS, ROUNDS } from './place.mjs';
import { makeSweep, optionsOf } from './sweep.mjs';
import { printChecks, printTable } from './table.mjs';
import { lastLines } from './worker.mjs';

const options = optionsOf();
await enterOwnPlace({ network: options.machines > 1 });
/** Enough drills to be due for so many kills. */
const KILLS_A_ROUND = 30;
/** Nothing is known yet of how busy the machine is. */
const SILENT_MS = 120_000;
const NO_KILL_MS = 90_000;
const STARVED = 3;

const sweep = await makeSweep(options);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void sweep.end().then(() => process.exit(130)));
let exitCode = 1;
try {
  await firstSchedule();
  await rounds();
  await peace(sweep, { roundMs: ROUND_MS, enoughDrills: Math.min(12, Math.ceil(options.kills / 5)) });
  sweep.say('judging');
  const checks = [
    ...(await judge(sweep)),
    ...(sweep.machines.length > 1 ? [sameLedgers(sweep)] : []),
    ...(options.diskFull ? [feltFullDisk(sweep)] : []),
  ];
  printTable(sweep);
  exitCode = printChecks(checks);
  sweep.say(exitCode === 0 ? 'nothing was lost' : `something is wrong; repeat with --seed ${options.seed}`);
} catch (error) {
  console.error(error);
}
await sweep.end();
process.exit(exitCode);

/** Written in the past: from the first kill on there are drills that are due. */
async function firstSchedule() {
  sweep.setShift(-BACK_MS - ROUNDS * ROUND_MS - ROUND_MS / 2);
  const { machines, place } = sweep;
  const isScheduled = () => place.clients.every(client => entriesOf(machines[0], client).some(({ type }) => type === 'schedule'));
  for (const machine of machines) {
    const worker = sweep.start(sweep.roles.find(role => role.machine === machine));
    const from = performance.now();
    const isDone = machine === machines[0] ? isScheduled : hasAsked(sweep, machine);
    while (!(await isDone())) {
      if (worker.exit !== undefined || performance.now() - worker.saidAt > SILENT_MS)
        throw new Error(`${machine.name}: no schedule was written: ${lastLines(worker.log)}`);
      await sleep(50);
    }
    worker.struck = 'the first';
    worker.kill('SIGKILL');
    await worker.ended;
    sweep.lived(worker);
    if (machine !== machines[0]) await admit(sweep, machine);
    sweep.say(`the first worker of ${machine.name} needed ${((performance.now() - from) / 1000).toFixed(1)} s`);
  }
}

/** In each round the clocks are some minutes further on: what was broken off in the one before is due again. */
async function rounds() {
  const most = options.kills * 2 + 40;
  const { counts, tally } = sweep;
  const isEnough = () => sweep.isOver || (counts.kills >= options.kills && tally.missing().length === 0) || counts.kills >= most;
  for (let round = 0; round < ROUNDS && !isEnough(); round++) {
    sweep.setShift(-BACK_MS - (ROUNDS - round) * ROUND_MS);
    sweep.starved = 0;
    const from = counts.kills;
    const isOver = () => isEnough() || counts.kills - from >= KILLS_A_ROUND || sweep.starved >= STARVED;
    await withWatch(() =>
      Promise.all([
        ...sweep.roles.map(role => keepKilling(sweep, role, isOver)),
        keepKillingServer(sweep, isOver),
        ...(options.diskFull ? [keepFilling(sweep, isOver)] : []),
        ...(sweep.machines.length > 1 ? [keepCutting(sweep, isOver)] : []),
      ]),
    );
  }
  sweep.say(`${counts.kills} kills of ${counts.started} workers`);
}

/** Progress every ten seconds; and an end if there is none. */
async function withWatch(work) {
  let last = { kills: sweep.counts.kills, at: performance.now() };
  let stuck;
  const halt = new Promise((_, reject) => (stuck = reject));
  const watching = setInterval(() => {
    if (sweep.counts.kills > last.kills) last = { kills: sweep.counts.kills, at: performance.now() };
    if (performance.now() - last.at > NO_KILL_MS * sweep.pace()) stuck(new Error(`no kill for ${NO_KILL_MS / 1000} s`));
    const missing = sweep.tally.missing();
    sweep.progress(
      `${sweep.counts.kills}/${options.kills} kills, ${sweep.mail.accepted.length} mails, ${sweep.lost.length} drills broken off${missing.length > 0 ? `; to be hit: ${missing.join(', ')}` : ''}`,
    );
  }, 500);
  try {
    await Promise.race([work(), halt]);
  } finally {
    clearInterval(watching);
  }
}
