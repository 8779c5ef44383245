import { join } from 'node:path';
import type { Component } from '../plan/plan.ts';
import { startDaemon } from '../system/daemon.ts';
import { listens } from '../system/listens.ts';
import type { Course } from './course.ts';
import { inPlace } from './running.ts';
import { portTaken, waitUntilReady } from './wait.ts';

/** A server of its own in the target. */
export interface OwnServer {
  /** Of 127.0.0.1. */
  readonly port: number;
  readonly file: string;
  readonly args: readonly string[];
}

/** Starts it and waits until it can be asked. It goes on running when we end. Throws RecoveryError. */
export async function startOwn(course: Course, component: Component, { port, file, args }: OwnServer): Promise<void> {
  const { order, run } = course;
  const { name } = component;
  const noJail = (): Promise<never> => Promise.reject(new Error('a server is asked on the machine'));
  const ready = async (): Promise<boolean> => (await inPlace(course, component, noJail))?.ready === true;
  // Whoever was cut off may have started it before.
  if (await ready()) return;
  if (await listens(port)) throw portTaken(name, port);
  const log = join(order.work, `${name}.log`);
  const daemon = await startDaemon({ file, args, env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' }, log });
  await waitUntilReady({ ready, ended: () => daemon.ended(), log, component: name, stop: run.stop });
}
