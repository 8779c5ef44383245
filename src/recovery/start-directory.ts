import { join } from 'node:path';
import { LDAPI } from '../backup/restored-directory.ts';
import type { Component } from '../plan/plan.ts';
import type { Course } from './course.ts';
import { ownerOf } from './owner.ts';
import { startOwn } from './start-own.ts';

const SLAPD = '/usr/sbin/slapd';

/** Starts a delivered directory as its owner: on a port of 127.0.0.1, and on a socket for whoever administers it. */
export async function startDirectory(course: Course, component: Component): Promise<void> {
  const { directory: place } = course.order.source.target.components[component.name] ?? {};
  if (place === undefined) throw new Error('a directory without a place');
  const { gid } = await ownerOf(place.owner, component.name);
  const addresses = `ldap://127.0.0.1:${String(place.port)}/ ldapi://${encodeURIComponent(join(place.folder, LDAPI))}`;
  const as = process.getuid?.() === 0 ? ['-u', place.owner, '-g', String(gid)] : [];
  const args = ['-d', '0', '-F', join(place.folder, 'config'), '-h', addresses, ...as];
  await startOwn(course, component, { port: place.port, file: SLAPD, args });
}
