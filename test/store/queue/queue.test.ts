import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { readDepth } from '../../../src/store/queue/depth.ts';
import { openQueue } from '../../../src/store/queue/open.ts';
import { jobId, type DrillJob, type Queue, type TakenJob } from '../../../src/store/queue/queue.ts';
import { testState, type TestState } from '../../fixtures/state.ts';

let at: TestState;
let opened: Queue[];
let explained: string[];
beforeEach(async () => {
  at = await testState();
  opened = [];
  explained = [];
});
afterEach(async () => {
  for (const queue of opened) await queue.close();
  await at[Symbol.asyncDispose]();
});

async function open(name = `test-${opened.length}`): Promise<Queue> {
  const queue = await openQueue({ connectionString: at.url, name, explain: message => explained.push(message) });
  opened.push(queue);
  return queue;
}

const job = (plan: string, more: Partial<DrillJob> = {}): DrillJob => ({
  ...{ client: 'lakeside', plan, site: 'rack', occurrence: `lakeside/${plan}/drill@2026-10-05T00:00:00Z`, attempt: 1 },
  ...{ lateAfter: '2026-10-05T02:00:00.000Z', timeMs: 3_600_000 },
  ...more,
});

const ask = async (text: string): Promise<readonly Record<string, unknown>[]> => {
  const client = new pg.Client({ connectionString: at.url });
  client.on('error', () => undefined);
  await client.connect();
  const { rows } = await client.query<Record<string, unknown>>(text);
  await client.end();
  return rows;
};

const planOf = (taken: TakenJob | undefined): string | undefined => taken?.plan;

describe('a job', () => {
  test('has an id made of the client, the occurrence and the attempt, and of nothing else', () => {
    const id = jobId(job('ehr'));

    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(jobId(job('ehr', { site: 'other', lateAfter: '2026-10-06T00:00:00.000Z' }))).toBe(id);
    expect(new Set([id, jobId(job('ehr', { attempt: 2 })), jobId(job('ehr', { client: 'hillside' })), jobId(job('lis'))]).size).toBe(4);
  });

  test('is enqueued once by two schedulers, also when it was done', async () => {
    const [one, two] = [await open(), await open()];

    const added = await Promise.all([one.enqueue([job('ehr'), job('lis')]), two.enqueue([job('ehr'), job('lis')])]);
    expect(added.reduce((sum, count) => sum + count)).toBe(2);

    const taken = await one.take(['rack'], []);
    if (taken === undefined) throw new Error('expected a job');
    await one.complete(taken);
    expect(await two.enqueue([job('ehr'), job('lis')])).toBe(0);
    expect(await two.depth()).toEqual([{ site: 'rack', waiting: 1, running: 0 }]);
  });

  test('is taken by workers of its site only, the one that would be missed soonest first', async () => {
    const queue = await open();
    await queue.enqueue([job('late', { lateAfter: '2026-10-05T09:00:00.000Z' }), job('soon'), job('far', { site: 'elsewhere' })]);

    expect(await queue.take(['nowhere'], [])).toBeUndefined();
    expect([planOf(await queue.take(['rack'], [])), planOf(await queue.take(['rack'], []))]).toEqual(['soon', 'late']);
    expect(await queue.take(['rack'], [])).toBeUndefined();
    expect(await queue.take(['rack', 'elsewhere'], [])).toMatchObject({ plan: 'far', site: 'elsewhere', attempt: 1, client: 'lakeside' });
  });

  test('of a plan that the worker has no room for is left to others', async () => {
    const queue = await open();
    await queue.enqueue([job('large'), job('small', { lateAfter: '2026-10-05T09:00:00.000Z' })]);

    expect(planOf(await queue.take(['rack'], ['lakeside/large']))).toBe('small');
    expect(await queue.take(['rack'], ['lakeside/large'])).toBeUndefined();
    expect(planOf(await queue.take(['rack'], []))).toBe('large');
  });

  test('waits while another one of its plan is being drilled anywhere', async () => {
    const [one, two] = [await open(), await open()];
    await one.enqueue([job('ehr'), job('ehr', { occurrence: 'the next', lateAfter: '2026-10-05T03:00:00.000Z' })]);

    const first = await one.take(['rack'], []);
    expect(first?.occurrence).toContain('drill@');
    expect(await two.take(['rack'], [])).toBeUndefined();

    if (first !== undefined) await one.complete(first);
    expect((await two.take(['rack'], []))?.occurrence).toBe('the next');
  });

  test('that could not be begun comes back', async () => {
    const queue = await open();
    await queue.enqueue([job('ehr')]);
    const first = await queue.take(['rack'], []);
    if (first !== undefined) await queue.fail(first);

    expect(await queue.depth()).toEqual([{ site: 'rack', waiting: 1, running: 0 }]);
    expect(await queue.take(['rack'], [])).toBeUndefined();
    await ask('update resurgam_jobs.job set start_after = now()');
    expect(await queue.take(['rack'], [])).toMatchObject({ id: first?.id, retryCount: 1 });
  });
});

test('a hundred jobs are taken once each by four hands of two processes', async () => {
  const queues = [await open(), await open()];
  await queues[0]?.enqueue(Array.from({ length: 100 }, (_, at) => job(`plan-${at}`)));
  const taken: string[] = [];
  const hand = async (queue: Queue): Promise<void> => {
    for (let one = await queue.take(['rack'], []); one !== undefined; one = await queue.take(['rack'], [])) {
      taken.push(one.plan);
      await queue.complete(one);
    }
  };
  await Promise.all([...queues, ...queues].map(hand));

  expect(taken.length).toBe(100);
  expect(new Set(taken).size).toBe(100);
});

test('the job of a worker that is not heard any more is taken over, and stays with whoever took it', async () => {
  const [dead, living] = [await open(), await open()];
  await dead.enqueue([job('ehr')]);
  const lost = await dead.take(['rack'], []);
  if (lost === undefined) throw new Error('expected a job');
  expect(await dead.heartbeat(lost)).toBe(true);
  await ask("update resurgam_jobs.job set heartbeat_on = now() - interval '1 minute'");

  const again = await vi.waitUntil(() => living.take(['rack'], []), { timeout: 60_000, interval: 200 });
  expect(again).toMatchObject({ id: lost.id, retryCount: 1 });

  expect(await dead.heartbeat(lost)).toBe(false);
  await dead.complete(lost);
  expect(await living.heartbeat(again)).toBe(true);
});

test('a queue that was emptied by hand, or dropped, is filled again', async () => {
  const queue = await open();
  await queue.enqueue([job('ehr')]);
  await ask('delete from resurgam_jobs.job');
  expect(await queue.enqueue([job('ehr')])).toBe(1);

  await ask('delete from resurgam_jobs.job; delete from resurgam_jobs.queue');
  await queue.take(['rack'], []);
  expect(await queue.enqueue([job('ehr')])).toBe(1);
  expect(planOf(await queue.take(['rack'], []))).toBe('ehr');
});

test('connections that are cut are told by the next question, and come back', async () => {
  const queue = await open();
  await queue.enqueue([job('ehr')]);
  const cut =
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'resurgam queue' and datname = current_database()";

  for (let round = 0; round < 3; round += 1) {
    await ask(cut);
    await vi.waitUntil(() => queue.depth().catch(() => undefined), { timeout: 30_000, interval: 50 });
  }

  expect(planOf(await queue.take(['rack'], []))).toBe('ehr');
  for (const message of explained) expect(message).not.toMatch(/select|insert|postgres:\/\//i);
});

test('a server that cannot be reached is said in our words, without its password', async () => {
  const connectionString = 'postgres://someone:hunter2@127.0.0.1:1/nothing';

  const opening = openQueue({ connectionString, name: 'test', explain: message => explained.push(message) });

  await expect(opening).rejects.toMatchObject({ name: 'StoreError', code: 'state-unreachable' });
  await expect(opening).rejects.not.toThrow(/hunter2/);
  expect(explained.join()).not.toContain('hunter2');
});

test('two processes that begin at once make the tables of the queue once', async () => {
  const queues = await Promise.all([open('a'), open('b'), open('c')]);

  expect(await Promise.all(queues.map(queue => queue.depth()))).toEqual([[], [], []]);
});

test('how much waits is read without a queue of ones own, also where there is none', async () => {
  expect(await readDepth(at.url)).toEqual([]);

  const queue = await open();
  await queue.enqueue([job('ehr'), job('lis'), job('pacs', { site: 'far' })]);
  await queue.take(['rack'], []);

  expect(await readDepth(at.url)).toEqual([
    { site: 'far', waiting: 1, running: 0 },
    { site: 'rack', waiting: 1, running: 1 },
  ]);
});

test('tables of a newer pg-boss are left alone, by whoever has them open and by whoever comes', async () => {
  const queue = await open();
  await queue.enqueue([job('ehr')]);
  await ask('update resurgam_jobs.version set version = version + 1');

  const refused = { name: 'StoreError', code: 'state-newer', hint: expect.stringContaining('Upgrade') as string };
  await expect(queue.take(['rack'], [])).rejects.toMatchObject(refused);
  await expect(queue.enqueue([job('lis')])).rejects.toMatchObject(refused);
  await expect(open()).rejects.toMatchObject(refused);
  expect(await readDepth(at.url)).toEqual([{ site: 'rack', waiting: 1, running: 0 }]);
});
