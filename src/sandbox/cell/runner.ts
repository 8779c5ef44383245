import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { acquireLock, type Lock } from '../../system/lock.ts';
import { exists } from '../../system/files.ts';
import { listProcesses, uidOf } from '../../system/proc.ts';
import { SandboxError } from '../sandbox.ts';
import type { Runner } from './shape.ts';

/** systemd's range for users that exist only while a service runs: no account has such a number. */
export const FIRST_UID = 61_184;
export const LAST_UID = 65_519;

/** Not below RESURGAM_HOME: two homes of one machine must not choose the same user. */
const CLAIMS = '/run/resurgam';

export interface Claim {
  readonly runner: Runner;
  release(): Promise<void>;
}

/** As whom this sandbox runs: as root a user of its own, whom no process and no other sandbox uses; else ourselves. */
export async function claimRunner(): Promise<Claim> {
  if (process.getuid?.() !== 0) return { runner: { as: 'own-user' }, release: () => Promise.resolve() };
  const used = new Set(await Promise.all((await listProcesses()).map(entry => uidOf(entry.pid))));
  for (let tries = 0; tries < 1_000; tries++) {
    const uid = randomInt(FIRST_UID, LAST_UID + 1);
    if (used.has(uid) || (await exists(`/run/systemd/dynamic-uid/${String(uid)}`))) continue;
    const claim = await claimUid(uid);
    if (claim !== undefined) return { runner: { as: 'drill-user', uid }, release: () => claim.release() };
  }
  throw new SandboxError('broke', 'no free user number was found for the sandbox', { hint: 'Look what runs under uids 61184 to 65519.' });
}

/** Undefined if a live sandbox has this user, of whatever RESURGAM_HOME. */
export async function claimUid(uid: number): Promise<Lock | undefined> {
  const claim = await acquireLock(join(CLAIMS, `uid-${String(uid)}`), 'the user of a sandbox');
  return claim.held ? undefined : claim;
}
