import { randomInt } from 'node:crypto';
import { listProcesses, uidOf } from '../../system/proc.ts';
import type { Runner } from './arguments.ts';

/** systemd's range for users that exist only while a service runs: no account has such a number. */
const FIRST_UID = 61_184;
const LAST_UID = 65_519;

/** As whom this sandbox runs: as root a user of its own, whom no process and no other sandbox uses; else ourselves. */
export async function chooseRunner(taken: ReadonlySet<number>): Promise<Runner> {
  if (process.getuid?.() !== 0) return { as: 'own-user' };
  const running = await Promise.all((await listProcesses()).map(entry => uidOf(entry.pid)));
  const used = new Set([...taken, ...running]);
  for (;;) {
    const uid = randomInt(FIRST_UID, LAST_UID + 1);
    if (!used.has(uid)) return { as: 'drill-user', uid };
  }
}
