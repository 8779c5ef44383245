import { join } from 'node:path';
import type { Component } from '../plan/plan.ts';
import { startDaemon } from '../system/daemon.ts';
import { listens } from '../system/listens.ts';
import type { Course } from './course.ts';
import { settingsFile } from './instance.ts';
import { ownerOf } from './owner.ts';
import { inPlace } from './running.ts';
import { portTaken, waitUntilReady } from './wait.ts';

const SERVER = '/usr/sbin/mariadbd';

/** Starts a delivered MariaDB server as its owner, with its own settings alone. It goes on running when we end. */
export async function startInstance(course: Course, component: Component): Promise<void> {
  const { order, run } = course;
  const { name } = component;
  const { instance: place } = order.source.target.components[name] ?? {};
  if (place === undefined) throw new Error('a server without a place');
  const noJail = (): Promise<never> => Promise.reject(new Error('a server is asked on the machine'));
  const ready = async (): Promise<boolean> => (await inPlace(course, component, noJail))?.ready === true;
  // Whoever was cut off may have started it before.
  if (await ready()) return;
  if (await listens(place.port)) throw portTaken(name, place.port);
  await ownerOf(place.owner, name);
  const as = process.getuid?.() === 0 ? [`--user=${place.owner}`] : [];
  const log = join(order.work, `${name}.log`);
  const args = [`--defaults-file=${settingsFile(place)}`, ...as];
  const daemon = await startDaemon({ file: SERVER, args, env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' }, log });
  await waitUntilReady({ ready, ended: () => daemon.ended(), log, component: name, stop: run.stop });
}
