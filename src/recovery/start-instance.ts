import type { Component } from '../plan/plan.ts';
import type { Course } from './course.ts';
import { settingsFile } from './instance.ts';
import { ownerOf } from './owner.ts';
import { startOwn } from './start-own.ts';

const SERVER = '/usr/sbin/mariadbd';

/** Starts a delivered MariaDB server as its owner, with its own settings alone. */
export async function startInstance(course: Course, component: Component): Promise<void> {
  const { instance: place } = course.order.source.target.components[component.name] ?? {};
  if (place === undefined) throw new Error('a server without a place');
  await ownerOf(place.owner, component.name);
  const as = process.getuid?.() === 0 ? [`--user=${place.owner}`] : [];
  await startOwn(course, component, { port: place.port, file: SERVER, args: [`--defaults-file=${settingsFile(place)}`, ...as] });
}
