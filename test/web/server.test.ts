import { request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { StoreError } from '../../src/store/error.ts';
import { keepDrills } from '../../src/store/state/drills.ts';
import { keepPlans, type PlanRow } from '../../src/store/state/plans.ts';
import type { State } from '../../src/store/state/state.ts';
import { beat } from '../../src/store/state/workers.ts';
import { listenOperation, operationPort, operationServer, type Operation } from '../../src/web/server.ts';
import { testState, type TestState } from '../fixtures/state.ts';
import { hoursAgo, NOW, planned, worker } from '../status/rows.ts';

let at: TestState;
beforeEach(async () => {
  at = await testState();
});
afterEach(() => at[Symbol.asyncDispose]());

const ehr = planned('ehr');

/** A server on a port that is free, for as long as the work takes. */
async function serving<T>(changes: Partial<Operation>, work: (url: string) => Promise<T>): Promise<T> {
  const server = await operationServer({ state: at.state, now: () => NOW, version: '0.1.0', plans: () => [ehr], ...changes });
  try {
    return await work(await listenOperation(server, { port: 0 }));
  } finally {
    await server.close();
  }
}

const gone = {
  connectionString: 'postgres://u:hunter2@gone/x',
  of: () => Promise.reject(new StoreError('state-unreachable', 'postgres://u:hunter2@gone: cannot be reached', { hint: 'Start it.' })),
  all: () => Promise.reject(new StoreError('state-unreachable', 'postgres://u:hunter2@gone: cannot be reached', { hint: 'Start it.' })),
  close: () => Promise.resolve(),
} as unknown as State;

describe('health', () => {
  test('a process that is alive says so, whatever the state', async () => {
    const answer = await serving({ state: gone }, async url => (await fetch(`${url}/healthz`)).json());

    expect(answer).toEqual({ alive: true, version: '0.1.0' });
  });

  test.each([
    { what: 'a worker is heard', workers: [worker('a', 0.001)], plans: [ehr], status: 200, worker: 'heard' },
    { what: 'one of two workers is heard', workers: [worker('a', 0.001), worker('b', 1)], plans: [ehr], status: 200, worker: 'heard' },
    { what: 'the only worker is silent', workers: [worker('a', 1)], plans: [ehr], status: 503, worker: 'silent' },
    { what: 'the only worker was stopped', workers: [worker('a', 0.001, { state: 'stopped' })], plans: [ehr], status: 503, worker: 'none' },
    { what: 'no worker ever ran', workers: [], plans: [ehr], status: 503, worker: 'none' },
    { what: 'the plans are not loaded', workers: [worker('a', 0.001)], plans: undefined, status: 503, worker: 'heard' },
  ])('$what: ready answers $status', async ({ workers, plans, status, worker: said }) => {
    for (const row of workers) await beat(at.state, row);

    const [code, body] = await serving({ plans: () => plans }, async url => {
      const response = await fetch(`${url}/readyz`);
      return [response.status, await response.json()] as const;
    });

    expect([code, body]).toEqual([
      status,
      { ready: status === 200, state: 'reachable', worker: said, plans: plans ? 'loaded' : 'not loaded' },
    ]);
  });

  test('a state that is gone is not ready, and no password is told', async () => {
    const text = await serving({ state: gone }, async url => (await fetch(`${url}/readyz`)).text());

    expect(JSON.parse(text)).toMatchObject({ ready: false, state: 'unreachable' });
    expect(text).not.toContain('hunter2');
  });
});

/** Samples by name with labels. */
function samplesOf(text: string): Readonly<Record<string, number>> {
  const lines = text.split('\n').filter(line => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(lines.map(line => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
}

async function fillState(plans: readonly PlanRow[]): Promise<void> {
  const drill = { client: 'lakeside', plan: 'ehr', occurrence: null, startedAt: null, rtoMs: 1, rpaMs: 60_000, rpoMs: 1, planDigest: 'a' };
  await at.state.all(async tx => {
    await keepPlans(tx, plans, { now: NOW, sites: null });
    await keepDrills(tx, [
      { ...drill, drill: 'd-1', verdict: 'passed', endedAt: hoursAgo(5), recoveryTimeMs: 6_000, ledgerSeq: 2 },
      { ...drill, drill: 'd-2', verdict: 'failed', endedAt: hoursAgo(4), recoveryTimeMs: null, ledgerSeq: 4 },
    ]);
    await tx.query(
      `insert into backup_check (client, plan, component, at, outcome, codes, newest, points)
       values ('lakeside', 'ehr', 'database', $1, 'passed', '{}', $2, 1)`,
      [NOW, JSON.stringify({ consistentAt: hoursAgo(0.5) })],
    );
    await tx.query(
      `insert into escalation (client, id, key, severity, state, opened_at, matter) values ('lakeside', 'e-1', 'lakeside/ehr/x', 'P2', 'open', $1, '{}')`,
      [NOW],
    );
  });
}

describe('metrics', () => {
  test('each says its figure with its unit; what never passed or was never measured has no sample', async () => {
    await fillState([ehr, planned('never')]);
    await beat(at.state, worker('rack-2.1', 0.01));

    const samples = samplesOf(await serving({ plans: () => [ehr, planned('never')] }, async url => (await fetch(`${url}/metrics`)).text()));

    expect(samples).toEqual({
      'resurgam_build_info{version="0.1.0"}': 1,
      'resurgam_last_pass_timestamp_seconds{client="lakeside",plan="ehr"}': Date.parse(hoursAgo(5)) / 1_000,
      'resurgam_recovery_point_age_seconds{client="lakeside",plan="ehr",component="database"}': 1_800,
      'resurgam_recovery_time_target_seconds{client="lakeside",plan="ehr"}': 14_400,
      'resurgam_recovery_time_target_seconds{client="lakeside",plan="never"}': 14_400,
      'resurgam_recovery_point_age_target_seconds{client="lakeside",plan="ehr"}': 3_600,
      'resurgam_recovery_point_age_target_seconds{client="lakeside",plan="never"}': 3_600,
      'resurgam_open_escalations{client="lakeside",severity="P1"}': 0,
      'resurgam_open_escalations{client="lakeside",severity="P2"}': 1,
      'resurgam_open_escalations{client="lakeside",severity="P3"}': 0,
      'resurgam_open_escalations{client="lakeside",severity="P4"}': 0,
      'resurgam_queue_depth{site="rack",state="waiting"}': 0,
      'resurgam_queue_depth{site="rack",state="running"}': 0,
      resurgam_undelivered_messages: 0,
      'resurgam_worker_heartbeat_age_seconds{worker="rack-2.1",site="rack"}': 36,
      'resurgam_drills_total{client="lakeside",plan="ehr",verdict="passed"}': 1,
      'resurgam_drills_total{client="lakeside",plan="ehr",verdict="objective-missed"}': 0,
      'resurgam_drills_total{client="lakeside",plan="ehr",verdict="failed"}': 1,
      'resurgam_drills_total{client="lakeside",plan="ehr",verdict="inconclusive"}': 0,
    });
  });

  test('each has a help text and a type, and asking twice counts nothing twice', async () => {
    await fillState([ehr]);

    const [first, second] = await serving({}, async url => {
      const texts = await Promise.all([1, 2, 3].map(async () => (await fetch(`${url}/metrics`)).text()));
      return [texts[0] ?? '', await (await fetch(`${url}/metrics`)).text()] as const;
    });

    const named = new Set(Object.keys(samplesOf(first)).map(name => name.split('{')[0] ?? ''));
    expect(
      [...named].filter(name => !new RegExp(`^# HELP ${name} .{15,}$`, 'm').test(first) || !first.includes(`# TYPE ${name} `)),
    ).toEqual([]);
    expect([...named].every(name => name.startsWith('resurgam_'))).toBe(true);
    expect(second).toBe(first);
  });

  test.each([
    ['of one machine what is due and not begun', undefined, { rack: [1, 1], far: [1, 0] }],
    [
      'of several machines what their queue says',
      () => Promise.resolve([{ site: 'far', waiting: 7, running: 2 }]),
      { rack: [0, 0], far: [7, 2] },
    ],
  ] as const)('what waits is counted by site: %s', async (_, depth, expected) => {
    const plans = [ehr, planned('lis'), planned('pacs', { site: 'far' })];
    await fillState(plans);
    for (const [plan, hours, state] of [
      ['ehr', 1, 'waiting'],
      ['lis', 1, 'running'],
      ['pacs', 1, 'waiting'],
      ['ehr', -1, 'waiting'],
    ] as const)
      await at.state.all(tx =>
        tx.query(`insert into occurrence (client, id, plan, due_at, late_after, state) values ('lakeside', $1, $2, $3, $3, $4)`, [
          ...[`${plan}/drill@${hours}`, plan, hoursAgo(hours), state],
        ]),
      );

    const samples = samplesOf(await serving({ plans: () => plans, depth }, async url => (await fetch(`${url}/metrics`)).text()));

    for (const [site, [waiting, running]] of Object.entries(expected)) {
      expect(samples[`resurgam_queue_depth{site="${site}",state="waiting"}`]).toBe(waiting);
      expect(samples[`resurgam_queue_depth{site="${site}",state="running"}`]).toBe(running);
    }
  });

  test('a plan that is gone leaves no sample', async () => {
    await fillState([ehr]);

    const text = await serving({ plans: () => [planned('other')] }, async url => (await fetch(`${url}/metrics`)).text());

    expect(text).not.toContain('plan="ehr"');
  });

  test('without the state they are refused, so that Prometheus sees that nothing is known', async () => {
    const [status, text] = await serving({ state: gone }, async url => {
      const response = await fetch(`${url}/metrics`);
      return [response.status, await response.text()] as const;
    });

    expect([status, JSON.parse(text)]).toEqual([503, { error: 'state-unreachable', message: 'Try again in a moment.' }]);
  });
});

describe('the server', () => {
  test('listens for this machine alone, says no name, and tells browsers to guess nothing', async () => {
    const [url, headers] = await serving({}, async address => [address, (await fetch(`${address}/healthz`)).headers] as const);

    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:/);
    expect(headers.get('server') ?? headers.get('x-powered-by')).toBeNull();
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('cache-control')).toBe('no-store');
  });

  test('a page keeps the policy that it says itself', async () => {
    const register = [
      (server: Parameters<NonNullable<Operation['register']>[number]>[0]): void => {
        server.get('/page', (_, reply) => reply.header('content-security-policy', "default-src 'self'").send('x'));
      },
    ];

    const headers = await serving({ register }, async url => (await fetch(`${url}/page`)).headers);

    expect(headers.get('content-security-policy')).toBe("default-src 'self'");
    expect(headers.get('x-frame-options')).toBe('DENY');
  });

  test('an error of ours is a code: neither its message nor its stack is told', async () => {
    const register = [
      (server: Parameters<NonNullable<Operation['register']>[number]>[0]): void => {
        server.get('/breaks', () => Promise.reject(new Error('Key (ssn)=(123-45-6789) already exists')));
        server.post('/takes', () => 'taken');
      },
    ];

    const answers = await serving({ register }, async url => {
      const large = fetch(`${url}/takes`, { method: 'POST', body: 'x'.repeat(200_000), headers: { 'content-type': 'text/plain' } });
      const bad = fetch(`${url}/takes`, { method: 'POST', body: '{"ssn": 123', headers: { 'content-type': 'application/json' } });
      const responses = await Promise.all([fetch(`${url}/breaks`), fetch(`${url}/nothing`), large, bad]);
      return Promise.all(responses.map(async response => [response.status, await response.text()] as const));
    });

    expect(answers.map(([status]) => status)).toEqual([500, 404, 413, 400]);
    expect(answers.every(([, text]) => typeof (JSON.parse(text) as { error?: unknown }).error === 'string')).toBe(true);
    expect(answers.map(([, text]) => text).join('')).not.toMatch(/ssn|123|at .*\.ts|node_modules/);
  });

  test('headers that are too long are refused, and a request that is none is answered', async () => {
    const [long, garbage] = await serving({}, async url => {
      const port = Number(new URL(url).port);
      return Promise.all([statusWithHeader(port, 'x'.repeat(20_000)), answerTo(port, 'GARBAGE\r\n\r\n')]);
    });

    expect(long).toBe(431);
    expect(garbage).toContain('400');
    expect(garbage).not.toMatch(/at .*\.js|Error:/);
  });
});

function statusWithHeader(port: number, value: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request({ port, host: '127.0.0.1', path: '/healthz', headers: { 'x-long': value } }, response => {
      response.resume();
      resolve(response.statusCode);
    });
    asked.on('error', reject).end();
  });
}

function answerTo(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    let text = '';
    socket.on('data', chunk => (text += chunk.toString('latin1')));
    socket.on('close', () => resolve(text)).on('error', reject);
  });
}

test.each([
  [undefined, 8470],
  ['', 8470],
  ['9000', 9000],
  ['0', 0],
  ['70000', undefined],
  ['80x', undefined],
  ['-1', undefined],
])('RESURGAM_PORT %j means port %s', (text, port) => {
  const named = operationPort({ RESURGAM_PORT: text });

  expect(named).toBe(port);
});
