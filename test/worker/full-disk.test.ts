import { execFileSync } from 'node:child_process';
import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isCode } from '../../src/system/files.ts';
import { stopPrivateServer } from '../../src/system/private-postgres.ts';
import { HOUR_MS, living, said, twice, type Living } from './living.ts';

/** The private server of this home lives on a disk of its own, and what fills it up is not Resurgam's. */
async function ownDisk(place: Living): Promise<{ fill(): Promise<void>; free(): Promise<void>; remove(): Promise<void> }> {
  const disk = join(place.home, 'postgres');
  await mkdir(disk, { recursive: true, mode: 0o700 });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=128m,mode=700', 'tmpfs', disk]);
  const ballast = join(disk, 'ballast');
  return {
    fill: async () => {
      const { bavail, bsize } = await statfs(disk);
      await writeFile(ballast, Buffer.alloc(bavail * bsize)).catch((error: unknown) => {
        // The server has written something meanwhile: it is full all the same.
        if (!isCode(error, 'ENOSPC')) throw error;
      });
    },
    free: () => rm(ballast),
    remove: async () => {
      await stopPrivateServer(disk);
      execFileSync('umount', ['-l', disk]);
    },
  };
}

test.runIf(process.getuid?.() === 0)(
  'while the disk of the state is full drills go on, the worker lives, and once there is room everything is said, once',
  async () => {
    await using place = await living('2026-10-04T23:00:00.000Z', '');
    const disk = await ownDisk(place);
    try {
      await place.client('lakeside');
      await place.plan('ehr', { cron: '0 * * * *', check: '*/5 * * * *' });
      const hand = await place.worker();
      await hand.look();
      await disk.fill();
      for (let look = 0; look < 6; look += 1) {
        place.clock.by(HOUR_MS / 2);
        await hand.look();
      }
      const meanwhile = hand.said.filter(line => line.includes('the disk is full') || line.includes('cannot be reached'));
      const drilled = said(await place.entries(), 'drill-finished', 'occurrence');
      await disk.free();
      for (let look = 0; look < 3; look += 1) {
        place.clock.by(60_000);
        await hand.look();
      }

      const entries = await place.entries();
      expect(meanwhile).not.toEqual([]);
      expect(drilled).toHaveLength(3);
      expect(twice(said(entries, 'drill-started', 'occurrence'))).toEqual([]);
      expect(said(entries, 'drill-missed', 'occurrence')).toEqual([]);
      expect(said(entries, 'escalation-opened', 'condition').filter(one => one === 'drill-failed')).toHaveLength(1);
      expect(twice(place.mail.mails.map(({ parsed }) => parsed.messageId))).toEqual([]);
      expect(place.mail.mails.length).toBeGreaterThan(0);
      expect(await place.verified(hand, 'lakeside', 'ours')).toEqual({ codes: [0], problems: {} });
      await hand.end();
    } finally {
      await disk.remove();
    }
  },
);
