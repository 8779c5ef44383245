// A home on a disk of its own, in memory, that is full now and then.
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A sandbox leaves 512 MiB to the host: on a smaller disk no drill could ever run. */
const BLOCK = Buffer.alloc(2 ** 20);
/** Drills that ran while the disk was full may say that they could not; those that began shortly after it too. */
const AFTER_MS = 15_000;

export function smallDisk(home) {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1500m,mode=0700', 'tmpfs', home]);
  return { remove: () => execFileSync('umount', ['-l', home]) };
}

/** Fills it for some seconds every fifteen kills or so. */
export async function keepFilling(sweep, isOver) {
  const ballast = join(sweep.machines[0].home, 'ballast');
  let next = sweep.counts.kills + sweep.random.between(3, 10);
  while (!isOver()) {
    await sleep(100);
    if (sweep.counts.kills < next) continue;
    const full = { from: sweep.now() };
    sweep.outages.push(full);
    fill(ballast);
    await sleep(sweep.random.between(1_500, 5_000));
    rmSync(ballast, { force: true });
    full.to = new Date(Date.parse(sweep.now()) + AFTER_MS).toISOString();
    sweep.counts.faults.set('disk full', (sweep.counts.faults.get('disk full') ?? 0) + 1);
    next = sweep.counts.kills + sweep.random.between(10, 20);
  }
}

function fill(path) {
  const file = openSync(path, 'w');
  try {
    for (let size = BLOCK.length; size >= 4_096;) {
      try {
        if (writeSync(file, BLOCK, 0, size) < size) size = Math.floor(size / 2);
      } catch (error) {
        if (error.code !== 'ENOSPC') throw error;
        size = Math.floor(size / 2);
      }
    }
  } finally {
    closeSync(file);
  }
}
