import { randomUUID } from 'node:crypto';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lastJobRuns } from '../../src/store/state/job-runs.ts';
import { keepPingKey, newPingKey, pingKeyHash } from '../../src/store/state/ping-keys.ts';
import type { JobRun } from '../../src/backup/job-state.ts';
import { registerPing } from '../../src/web/ping.ts';
import { testState, type TestState } from '../fixtures/state.ts';

const place = { client: 'lakeside', plan: 'ehr', component: 'database' };

describe('the dead-man’s switch', () => {
  let test: TestState;
  let server: FastifyInstance;
  let base: string;
  let key: string;
  let now: number;
  let logged: string;
  let kept: { run: string; text: string }[];
  beforeEach(async () => {
    [test, key, now, logged, kept] = [await testState(), newPingKey(), Date.parse('2026-11-02T00:00:00.000Z'), '', []];
    const at = { sha256: pingKeyHash(key), now: stamp(), rotate: false };
    await test.state.of(place.client, tx => keepPingKey(tx, place, at));
    server = fastify({ logger: { level: 'trace', stream: { write: (line: string) => void (logged += line) } } });
    const keepBody = (_: unknown, run: string, bytes: Uint8Array) =>
      Promise.resolve(kept.push({ run, text: Buffer.from(bytes).toString() }));
    registerPing(server, { state: test.state, now: stamp, keepBody });
    base = `${await server.listen({ host: '127.0.0.1', port: 0 })}/ping`;
  });
  afterEach(async () => {
    await server.close();
    await test[Symbol.asyncDispose]();
  });

  const stamp = (): string => new Date(now).toISOString();
  async function ping(path: string, init: RequestInit = {}): Promise<string> {
    const answer = await fetch(`${base}/${path}`, init);
    now += 1_000;
    return `${answer.status} ${await answer.text()}`;
  }
  const runs = (): Promise<readonly JobRun[]> => test.state.of(place.client, tx => lastJobRuns(tx, place, 10));

  it('takes a success by GET, HEAD and POST', async () => {
    const said = [await ping(key), await ping(key, { method: 'HEAD' }), await ping(key, { method: 'POST', body: 'done' })];

    expect(said).toEqual(['200 OK', '200 ', '200 OK']);
    expect((await runs()).map(run => run.state)).toEqual(['succeeded', 'succeeded', 'succeeded']);
    expect(kept.map(({ text }) => text)).toEqual(['done']);
  });

  it('pairs a start with the end that follows, and counts the time between', async () => {
    await ping(`${key}/start`);
    now += 59_000;
    await ping(`${key}/0`);

    expect(await runs()).toMatchObject([{ state: 'succeeded', exitCode: 0, durationMs: 60_000, source: 'ping' }]);
  });

  it('pairs runs that overlap by their ids', async () => {
    const [a, b] = [randomUUID(), randomUUID()];
    for (const path of [`start?rid=${a}`, `start?rid=${b}`, `1?rid=${a}`, `0?rid=${b}`]) await ping(`${key}/${path}`);

    expect(new Map((await runs()).map(run => [run.run, run.state]))).toEqual(
      new Map([
        [a, 'failed'],
        [b, 'succeeded'],
      ]),
    );
  });

  it.each([
    ['fail', 'failed', null],
    ['3', 'failed', 3],
    ['255', 'failed', 255],
    ['0', 'succeeded', 0],
  ])('/%s is %s', async (path, state, exitCode) => {
    expect(await ping(`${key}/${path}`)).toBe('200 OK');
    expect(await runs()).toMatchObject([{ state, exitCode }]);
  });

  it('takes a log without changing how the job stands', async () => {
    await ping(`${key}/start`);
    await ping(`${key}/log`, { method: 'POST', body: '10 %' });
    const [only] = await runs();

    expect(only?.state).toBe('started');
    expect(kept).toEqual([{ run: only?.run, text: '10 %' }]);
  });

  it('counts a body of any kind and length, and keeps its beginning', async () => {
    const body = 'x'.repeat(300_000);
    const said = await ping(key, { method: 'POST', body, headers: { 'content-type': 'application/json' } });

    expect(said).toBe('200 OK');
    expect(await runs()).toMatchObject([{ outputBytes: 300_000 }]);
    expect(kept[0]?.text).toHaveLength(100_000);
  });

  it.each([
    ['an unknown key', () => newPingKey(), 404],
    ['no key at all', () => 'abc', 404],
    ['an exit code that is none', () => `${key}/256`, 400],
    ['a word that is none', () => `${key}/start-me`, 400],
    ['an id that is none', () => `${key}/start?rid=1`, 400],
    ['two ids', () => `${key}?rid=${randomUUID()}&rid=${randomUUID()}`, 400],
  ])('refuses %s', async (_, path, status) => {
    expect(await ping(path())).toMatch(new RegExp(`^${status} `));
    expect(await runs()).toEqual([]);
  });

  it('slows down a job that goes round in circles', async () => {
    now = Math.ceil(now / 60_000) * 60_000;
    const codes = [];
    for (let count = 0; count < 61; count += 1) {
      now -= 1_000;
      codes.push(await ping(`${key}/log`));
    }
    now += 60_000;

    expect(codes.slice(58)).toEqual(['200 OK', '200 OK', '429 rate limited']);
    expect(await ping(key)).toBe('200 OK');
  });

  it('asks to try again while the state is away, and never logs a key', async () => {
    await ping(key);
    await test.state.close();

    expect(await ping(key)).toBe('503 try again');
    expect(logged).not.toContain(key);
    expect(logged.length).toBeGreaterThan(0);
  });
});
