// A home on a disk of its own, in memory, that is full now and then.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statfsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { check } from './ledger-file.mjs';

/** A sandbox leaves 512 MiB to the host: on a smaller disk no drill could ever run. */
const ROOMY = '1500m';
/** Drills that ran while the disk was full may say that they could not; those that began shortly after it too. */
const AFTER_MS = 15_000;
const SHRINK_MS = 100;
const MOST_MS = 30_000;
const MOST_TRIES = 50;

export function smallDisk(home) {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${ROOMY},mode=0700`, 'tmpfs', home]);
  return { remove: () => execFileSync('umount', ['-l', home]) };
}

/** Every fifteen kills or so there is no room for some seconds, until a worker has said so; what is removed meanwhile makes none. */
export async function keepFilling(sweep, isOver) {
  const { home } = sweep.machines[0];
  let next = sweep.counts.kills + sweep.random.between(1, 6);
  while (!isOver()) {
    await sleep(100);
    if (sweep.counts.kills < next) continue;
    const full = { from: sweep.now() };
    sweep.outages.push(full);
    const [from, before] = [performance.now(), timesSaid(sweep)];
    const leastMs = sweep.random.between(1_500, 5_000) * sweep.pace();
    const isLong = () =>
      performance.now() - from > leastMs && (timesSaid(sweep) > before || performance.now() - from > MOST_MS * sweep.pace());
    while (!isLong()) {
      await shrink(home);
      await sleep(SHRINK_MS);
    }
    resize(home, ROOMY);
    full.to = new Date(Date.parse(sweep.now()) + AFTER_MS).toISOString();
    sweep.counts.faults.set('disk full', (sweep.counts.faults.get('disk full') ?? 0) + 1);
    next = sweep.counts.kills + sweep.random.between(10, 20);
  }
}

/** Whether it was ever full, and whether anybody noticed. */
export function feltFullDisk(sweep) {
  const [times, said] = [sweep.counts.faults.get('disk full') ?? 0, timesSaid(sweep)];
  return check('the disk was full, and workers said so', times, said > 0 ? [] : ['no worker ever said so'], `${said} lines`);
}

function timesSaid({ machines, place, roles }) {
  const logs = roles.filter(({ machine }) => machine === machines[0]).map(place.log);
  const lines = logs.filter(existsSync).flatMap(log => readFileSync(log, 'utf8').split('\n'));
  return lines.filter(line => /disk is full|no space left|ENOSPC/i.test(line)).length;
}

/** To what is in use: a disk in memory cannot be made smaller than that, and somebody may have written since we looked. */
async function shrink(home) {
  for (let tries = 0; ; tries++) {
    const { blocks, bfree, bsize } = statfsSync(home);
    try {
      return resize(home, (blocks - bfree) * bsize);
    } catch (error) {
      if (tries === MOST_TRIES) throw error;
    }
  }
}

function resize(home, size) {
  execFileSync('mount', ['-o', `remount,size=${size}`, home], { stdio: ['ignore', 'pipe', 'pipe'] });
}
