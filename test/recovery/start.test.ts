import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Component } from '../../src/plan/plan.ts';
import type { ScriptSource } from '../../src/recovery/script.ts';
import { startApplication } from '../../src/recovery/start.ts';
import { freePort } from '../fixtures/free-port.ts';

let work: string;
let source: ScriptSource;

beforeAll(async () => {
  work = await mkdtemp('/tmp/rsg-start-');
  const port = await freePort();
  const script = `echo $$ >> ${work}/pids; exec /usr/bin/python3 -m http.server --bind 127.0.0.1 ${String(port)}`;
  const component = {
    name: 'portal',
    needs: [],
    service: { engine: 'command', options: { start: ['/bin/sh', '-c', script], port, ready: { get: '/' } } },
  };
  const target = { target: 'here', components: { portal: { here: true as const } } };
  source = {
    component: component as unknown as Component,
    target,
    brought: {},
    work,
    stop: new AbortController().signal,
  } as unknown as ScriptSource;
});
afterAll(async () => {
  for (const pid of pids()) process.kill(Number(pid));
  await rm(work, { recursive: true });
});

const pids = (): readonly string[] => (existsSync(join(work, 'pids')) ? readFileSync(join(work, 'pids'), 'utf8').trim().split('\n') : []);

test('what is started goes on; whoever was cut off while it started takes it for its own, and nobody else does', async () => {
  await startApplication(source, false);
  await startApplication(source, true);

  await expect(startApplication(source, false)).rejects.toMatchObject({
    code: 'step-failed',
    message: expect.stringContaining('listens on port') as string,
  });
  expect(pids()).toHaveLength(1);
});
