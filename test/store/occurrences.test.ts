import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Plan } from '../../src/plan/plan.ts';
import { readEndings } from '../../src/store/endings.ts';
import { openHome, type Home } from '../../src/store/home.ts';
import { machineKeys } from '../../src/store/keys.ts';
import { attemptAt, dueDrills, endMissed, retriesAt, skip, writeSchedules } from '../../src/store/occurrences.ts';
import { readLedger } from '../../src/store/read-ledger.ts';
import { verifyPath } from '../../src/store/verify-path.ts';
import { client, planWith, plansNow, TestLedger } from './scheduling.ts';

const SCRIPT = join(import.meta.dirname, 'scheduling.mjs');
/** The built program: what set-up has just made of these sources. */
const BUILT = join(import.meta.dirname, '../../dist');
const NIGHTLY = 'drill: "0 2 * * *", timezone: America/Chicago';
let folder: string;
let home: Home;
let clinic: TestLedger;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'resurgam-occurrences-'));
  home = await openHome(join(folder, 'home'));
  clinic = await new TestLedger(home, '2026-10-28T15:00:00.000Z').open();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function write(plans: readonly Plan[], rest: Parameters<typeof plansNow>[1] = {}): Promise<number> {
  return writeSchedules(clinic.ledger, plansNow(plans, rest), clinic.now);
}

function waiting(plan = 'lakeside-ehr'): readonly string[] {
  return [...clinic.ledger.index.schedule.waitingOf(plan)].map(({ id }) => id.slice(id.indexOf('@') + 1)).sort();
}

async function problems(): Promise<Record<string, readonly string[]>> {
  await clinic.ledger.checkpoint();
  const { summary } = await verifyPath(clinic.ledger.paths.folder);
  return Object.fromEntries(Object.entries({ ...summary?.problems }).filter(([, list]) => list.length > 0));
}

function at(now: string): void {
  clinic.now = now;
}

describe('a schedule', () => {
  test('is written ahead once, and continued without a gap', async () => {
    const plan = planWith(NIGHTLY);

    const written = [await write([plan]), await write([plan])];
    const first = clinic.ledger.index.schedule.until('lakeside-ehr', 'drill');
    at('2026-11-06T15:00:00.000Z');
    await endMissed(clinic.ledger, clinic.now);
    written.push(await write([plan]), await write([plan]));

    expect(written).toEqual([2, 0, 2, 0]); // drills and backup checks
    expect(first).toMatchObject({ to: '2026-11-13T00:00:00.000Z', rule: { cron: '0 2 * * *', timeZone: 'America/Chicago' } });
    expect(clinic.ledger.index.schedule.until('lakeside-ehr', 'drill')?.to).toBe('2026-11-22T00:00:00.000Z');
    expect(waiting()).toContain('2026-11-13T08:00:00Z');
    expect(await problems()).toEqual({});
  });

  test('of a rule that changed goes over to the new one, and back', async () => {
    await write([planWith(NIGHTLY)]);
    const before = waiting();
    at('2026-10-30T15:00:00.000Z');
    await endMissed(clinic.ledger, clinic.now);

    const changes = [await write([planWith('drill: "0 2 * * SUN", timezone: America/Chicago')])];
    const weekly = waiting();
    changes.push(await write([planWith(NIGHTLY)]), await write([planWith(NIGHTLY)]));

    expect(before).toHaveLength(15);
    expect(weekly).toEqual(['2026-11-01T08:00:00Z', '2026-11-08T08:00:00Z']);
    expect(changes).toEqual([1, 1, 0]);
    // What was cancelled stays cancelled: the same night is scheduled anew, a second later.
    expect(waiting().slice(0, 3)).toEqual(['2026-10-31T07:00:01Z', '2026-11-01T08:00:00Z', '2026-11-02T08:00:01Z']);
    expect(await problems()).toEqual({});
  });

  test.each([
    ['time zone', 'drill: "0 2 * * *", timezone: Europe/Berlin'],
    ['windows', `${NIGHTLY}, windows: { forbid: ["SUN 01:00-03:00"] }`],
    ['cadence', 'drill: { every: 2d }, timezone: America/Chicago'],
  ])('follows a changed %s', async (_, schedule) => {
    await write([planWith(NIGHTLY)]);
    const before = waiting();
    at('2026-10-28T16:00:00.000Z');

    expect(await write([planWith(schedule)])).toBeGreaterThanOrEqual(1);
    expect(await write([planWith(schedule)])).toBe(0);

    expect(waiting()).not.toEqual(before);
    expect(await problems()).toEqual({});
  });

  test('makes room for an approved maintenance window', async () => {
    await write([planWith(NIGHTLY)]);
    const window = { start: '2026-10-30T00:00:00Z', end: '2026-11-02T12:00:00Z', systems: ['lakeside-ehr'] };

    await write([planWith(NIGHTLY)], { blackouts: [window] });

    expect(waiting().slice(0, 3)).toEqual(['2026-10-29T07:00:00Z', '2026-11-02T12:00:00Z', '2026-11-03T08:00:00Z']);
    expect(await problems()).toEqual({});
  });

  test('of a plan that is gone is cancelled, and goes on when it comes back', async () => {
    await write([planWith(NIGHTLY)]);

    const unsure = await write([], { whole: false });
    const kept = waiting().length;
    const gone = [await write([]), await write([])];
    const left = waiting().length;
    at('2026-12-10T15:00:00.000Z');
    const back = [await write([planWith(NIGHTLY)]), await write([planWith(NIGHTLY)])];

    expect({ unsure, kept, gone, left, back }).toEqual({ unsure: 0, kept: 15, gone: [1, 0], left: 0, back: [2, 0] });
    expect(await problems()).toEqual({});
  });

  test('that ran out while nobody was there leaves a gap to be seen', async () => {
    await write([planWith(NIGHTLY)]);
    at('2026-12-10T15:00:00.000Z');

    await endMissed(clinic.ledger, clinic.now);
    await write([planWith(NIGHTLY)]);

    expect(await problems()).toEqual({ gap: ['lakeside-ehr'] });
  });

  test('that is written in a minute in which a drill is due leaves that one out', async () => {
    at('2026-10-29T06:59:30.000Z');

    await write([planWith(NIGHTLY)]);

    expect(waiting()[0]).toBe('2026-10-30T07:00:00Z');
    expect(await problems()).toEqual({});
  });

  test('is not turned back by a clock that is', async () => {
    await write([planWith(NIGHTLY)]);
    at('2026-10-29T12:00:00.000Z');
    await clinic.heartbeat();
    at('2026-10-28T12:00:00.000Z');

    const due = dueDrills(clinic.ledger.index, clinic.now);
    await write([planWith('drill: "0 5 * * *", timezone: America/Chicago')]);
    await endMissed(clinic.ledger, clinic.now);

    expect(due.map(({ occurrence }) => occurrence.dueAt)).toEqual(['2026-10-29T07:00:00.000Z']);
    expect(waiting().slice(0, 2)).toEqual(['2026-10-29T07:00:00Z', '2026-10-30T10:00:00Z']);
    expect(await problems()).toEqual({});
  });
});

describe('an occurrence', () => {
  const FIRST = 'lakeside-ehr/drill@2026-10-29T07:00:00Z';
  beforeEach(async () => {
    await write([planWith(NIGHTLY)]);
  });

  test('is due from its moment until it is late, and then missed once', async () => {
    const due = (now: string): readonly string[] => dueDrills(clinic.ledger.index, now).map(({ occurrence }) => occurrence.id);

    expect(due('2026-10-29T06:59:59.999Z')).toEqual([]);
    expect(due('2026-10-29T07:00:00.000Z')).toEqual([FIRST]);
    expect(due('2026-10-29T13:00:00.001Z')).toEqual([]);
    expect(await endMissed(clinic.ledger, '2026-10-29T13:00:00.000Z')).toBe(0);
    at('2026-10-29T13:00:00.001Z');
    expect([await endMissed(clinic.ledger, clinic.now), await endMissed(clinic.ledger, clinic.now)]).toEqual([1, 0]);
    expect(clinic.ledger.index.schedule.counts().ended).toEqual({ missed: 1 });
  });

  test('is missed for want of a worker only if none was heard', async () => {
    const causes: unknown[] = [];
    at('2026-10-29T05:00:00.000Z');
    await clinic.heartbeat();
    at('2026-10-29T11:00:00.000Z');
    await clinic.heartbeat();
    at('2026-10-31T20:00:00.000Z');
    await clinic.heartbeat();

    await endMissed(clinic.ledger, clinic.now, () => 'no-capacity');

    const { known } = await machineKeys(home, 'lakeside');
    const each = ({ type, predicate }: { type: string | undefined; predicate: Readonly<Record<string, unknown>> }): void => {
      if (type === 'drill-missed') causes.push(predicate.cause);
    };
    await readLedger({ paths: clinic.ledger.paths, client: 'lakeside', keys: known, each });
    expect(causes).toEqual(['no-capacity', 'worker-not-running', 'worker-not-running']);
  });

  test('that was inconclusive may be tried again, with what the first attempt fixed, and not after a conclusive verdict', async () => {
    at('2026-10-29T07:00:10.000Z');
    await clinic.start('d-1', clinic.attempt(FIRST));
    const busy = attemptAt(clinic.ledger.index, FIRST, clinic.now);
    await clinic.finish('d-1', { ...begunAt(FIRST), attempt: 1 }, 'inconclusive');
    const missed = await endMissed(clinic.ledger, '2026-10-29T15:00:00.000Z');
    const tooSoon = retriesAt(clinic.ledger.index, '2026-10-29T07:10:09.000Z');
    const [retry] = retriesAt(clinic.ledger.index, '2026-10-29T07:10:11.000Z');
    await clinic.start('d-2', clinic.attempt(FIRST));
    await clinic.finish('d-2', { ...begunAt(FIRST), attempt: 2, retryOf: 'd-1' });

    expect(busy).toEqual({ refused: 'drill d-1 is at it' });
    expect(missed).toBe(0);
    expect(tooSoon).toEqual([]);
    expect(retry).toMatchObject({ attempt: 2, retryOf: 'd-1', first: { failureInstant: '2026-11-01T08:00:03.000Z' } });
    expect(attemptAt(clinic.ledger.index, FIRST, clinic.now)).toHaveProperty('refused');
    expect(clinic.ledger.index.schedule.counts().ended).toEqual({ inconclusive: 0, passed: 1 });
    expect(await problems()).toEqual({});
  });

  test('that was missed meanwhile is not started any more', async () => {
    at('2026-10-29T12:59:59.000Z');
    const attempt = clinic.attempt(FIRST);
    at('2026-10-29T13:00:01.000Z');
    await endMissed(clinic.ledger, clinic.now);

    await expect(clinic.start('d-1', attempt)).rejects.toMatchObject({ code: 'not-open' });

    expect(await problems()).toEqual({});
  });

  test('can be skipped by a contact before it is due', async () => {
    const wish = { occurrence: FIRST, reason: 'upgrade', approvedBy: 'it-director', approvedAt: clinic.now };
    const refusals = [
      await skip(clinic.ledger, { ...wish, approvedBy: 'somebody' }, client),
      await skip(clinic.ledger, { ...wish, reason: ' ' }, client),
      await skip(clinic.ledger, { ...wish, occurrence: 'lakeside-ehr/drill@2020-01-01T00:00:00Z' }, client),
      await skip(clinic.ledger, { ...wish, approvedAt: '2027-01-01T00:00:00.000Z' }, client),
    ];

    const done = await skip(clinic.ledger, wish, client);

    expect(refusals.every(outcome => 'refused' in outcome)).toBe(true);
    expect(done).toMatchObject({ skipped: { appended: 1 } });
    expect(await skip(clinic.ledger, wish, client)).toEqual({ refused: 'it was skipped' });
    expect(await write([planWith(NIGHTLY)])).toBe(0);
    expect(await problems()).toEqual({});
  });

  test('that is due or started cannot be skipped', async () => {
    at('2026-10-29T07:00:00.000Z');
    const wish = { occurrence: FIRST, reason: 'upgrade', approvedBy: 'it-director', approvedAt: clinic.now };

    const due = await skip(clinic.ledger, wish, client);
    await clinic.start('d-1', clinic.attempt(FIRST));

    expect(due).toEqual({ refused: 'it has been due since 2026-10-29T07:00:00.000Z' });
    expect(await skip(clinic.ledger, wish, client)).toEqual({ refused: 'it was started already' });
  });

  test('that was cancelled or never scheduled cannot be drilled', async () => {
    await write([]);

    expect(attemptAt(clinic.ledger.index, FIRST, '2026-10-29T08:00:00.000Z')).toEqual({ refused: 'it was cancelled' });
    expect(attemptAt(clinic.ledger.index, 'x/drill@2026-10-29T07:00:00Z', clinic.now)).toHaveProperty('refused');
  });
});

/** The attempt that began: what was free then is not free now. */
function begunAt(id: string): ReturnType<TestLedger['attempt']> {
  const occurrence = clinic.ledger.index.schedule.get(id);
  if (occurrence === undefined) throw new Error('not open');
  return { occurrence, attempt: occurrence.attempts, retryOf: occurrence.last, first: occurrence.first };
}

describe('a fortnight', () => {
  /** Both changes of the clocks lie in it somewhere: Berlin's on 25 October, Chicago's on 1 November. */
  async function fortnight(): Promise<void> {
    at('2026-10-20T12:00:00.000Z');
    const plans = [
      planWith(NIGHTLY),
      planWith('drill: "30 2 * * *", timezone: Europe/Berlin', 'lakeside-lis'),
      planWith('drill: { every: 2d }, timezone: America/Chicago, windows: { forbid: ["MON-FRI 07:00-19:00"] }', 'lakeside-pacs'),
    ];
    let drills = 0;
    for (let hour = 0; hour < 14 * 24; hour += 4) {
      at(new Date(Date.parse('2026-10-20T12:00:00Z') + hour * 3_600_000).toISOString());
      if (hour % 8 === 0) await clinic.heartbeat();
      if (hour % 24 === 0) await writeSchedules(clinic.ledger, plansNow(plans), clinic.now);
      if (hour % 12 === 0) await endMissed(clinic.ledger, clinic.now);
      for (const attempt of dueDrills(clinic.ledger.index, clinic.now)) {
        drills += 1;
        if (drills % 7 === 0) continue; // nobody is free
        await clinic.start(`d-${drills}`, attempt);
        await clinic.finish(`d-${drills}`, attempt, drills % 5 === 0 ? 'failed' : 'passed');
      }
    }
    await endMissed(clinic.ledger, clinic.now);
  }

  test('is accounted for by both verifiers and adds up', async () => {
    clinic = await new TestLedger(await openHome(join(folder, 'fortnight')), '2026-10-20T12:00:00.000Z').open();
    await fortnight();

    const script = await clinic.verifySh();
    const ours = await verifyPath(clinic.ledger.paths.folder);
    const endings = await readEndings(clinic.ledger, '2026-10-20T00:00:00.000Z', '2026-12-20T00:00:00.000Z');
    const { scheduled, endings: by, whole } = endings.reconciliation(clinic.now);

    expect(script.exitCode).toBe(0);
    expect(ours.exitCode).toBe(0);
    expect(script.output).toContain(JSON.stringify(ours.summary));
    expect(whole).toBe(true);
    expect(scheduled).toBe(ours.summary?.scheduled);
    expect(by).toMatchObject({ ...ours.summary?.counted, pending: ours.summary?.pending });
    expect(by.passed).toBeGreaterThan(15);
  });

  test('from which something was left out, or in which something came late or twice, is not', async () => {
    await write([planWith('drill: "0 2 * * *", timezone: UTC')]);
    const worker = { kind: 'system', id: 'resurgam' } as const;
    const missed = (day: string) =>
      ({
        type: 'drill-missed',
        actor: worker,
        fields: {
          occurrence: `lakeside-ehr/drill@2026-10-${day}T02:00:00Z`,
          dueAt: `2026-10-${day}T02:00:00.000Z`,
          lateAfter: `2026-10-${day}T08:00:00.000Z`,
          cause: 'unknown',
        },
      }) as const;
    at('2026-10-30T12:00:00.000Z'); // the 29th and the 30th are past
    await clinic.ledger.append(missed('30'));
    await clinic.ledger.append(missed('30'));
    const fields = { occurrence: 'lakeside-ehr/drill@2026-10-30T02:00:00Z', reason: 'late', approvedBy: 'x', approvedAt: clinic.now };
    await clinic.ledger.append({ type: 'drill-skipped', actor: { kind: 'person', id: 'x' }, fields });

    const script = await clinic.verifySh();
    const ended = await readEndings(clinic.ledger, '2026-10-28T00:00:00.000Z', '2026-11-20T00:00:00.000Z');

    expect(script.exitCode).toBe(3);
    expect(await problems()).toEqual({
      missing: ['lakeside-ehr/drill@2026-10-29T02:00:00Z'],
      twice: ['lakeside-ehr/drill@2026-10-30T02:00:00Z'],
      lateSkip: ['lakeside-ehr/drill@2026-10-30T02:00:00Z'],
    });
    expect(ended.reconciliation(clinic.now)).toMatchObject({ whole: false, endings: { open: 1 } });
  });
});

test('two schedulers at once write every schedule and every missed drill once', async () => {
  const run = promisify(execFile);
  const other = join(folder, 'other');
  const both = (now: string): Promise<readonly string[]> =>
    Promise.all([1, 2].map(async () => (await run('node', [SCRIPT, BUILT, other, now])).stdout.trim()));

  const written = await both('2026-10-28T15:00:00.000Z');
  const missed = await both('2026-10-29T01:30:00.000Z');

  expect(written.toSorted()).toEqual(['0 0', '0 6']);
  expect(missed.toSorted()).toEqual(['0 0', '12 0']); // 16 to 19 o'clock
  expect(await verifyPath(join(other, 'ledger/lakeside'))).toMatchObject({ exitCode: 0, summary: { counted: { missed: 12 } } });
});

test('ten thousand overdue occurrences after a week off end in one pass, and nothing of them stays in memory', async () => {
  const plans = Array.from({ length: 62 }, (_, index) => planWith('drill: "0 * * * *"', `system-${index}`));
  await writeSchedules(clinic.ledger, plansNow(plans), clinic.now);
  const listed = [...clinic.ledger.index.schedule.open()].length;
  at('2026-11-04T17:00:30.000Z');

  const ended = await endMissed(clinic.ledger, clinic.now);

  expect(ended).toBeGreaterThan(10_000);
  expect([...clinic.ledger.index.schedule.open()]).toHaveLength(listed - ended);
  expect(clinic.ledger.index.schedule.counts().ended).toEqual({ missed: ended });
  expect(await endMissed(clinic.ledger, clinic.now)).toBe(0);
});
