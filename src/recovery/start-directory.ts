import { join } from 'node:path';
import { LDAPI } from '../backup/restored-directory.ts';
import type { Component } from '../plan/plan.ts';
import { startDaemon } from '../system/daemon.ts';
import { listens } from '../system/listens.ts';
import type { Course } from './course.ts';
import { ownerOf } from './owner.ts';
import { inPlace } from './running.ts';
import { portTaken, waitUntilReady } from './wait.ts';

const SLAPD = '/usr/sbin/slapd';

/** Starts a delivered directory as its owner: on a port of 127.0.0.1, and on a socket for whoever administers it. It goes on running when we end. */
export async function startDirectory(course: Course, component: Component): Promise<void> {
  const { order, run } = course;
  const { name } = component;
  const { directory: place } = order.source.target.components[name] ?? {};
  if (place === undefined) throw new Error('a directory without a place');
  const noJail = (): Promise<never> => Promise.reject(new Error('a directory is asked on the machine'));
  const ready = async (): Promise<boolean> => (await inPlace(course, component, noJail))?.ready === true;
  // Whoever was cut off may have started it before.
  if (await ready()) return;
  if (await listens(place.port)) throw portTaken(name, place.port);
  const { gid } = await ownerOf(place.owner, name);
  const addresses = `ldap://127.0.0.1:${String(place.port)}/ ldapi://${encodeURIComponent(join(place.folder, LDAPI))}`;
  const as = process.getuid?.() === 0 ? ['-u', place.owner, '-g', String(gid)] : [];
  const log = join(order.work, `${name}.log`);
  const args = ['-d', '0', '-F', join(place.folder, 'config'), '-h', addresses, ...as];
  const daemon = await startDaemon({ file: SLAPD, args, env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' }, log });
  await waitUntilReady({ ready, ended: () => daemon.ended(), log, component: name, stop: run.stop });
}
