import { expect, test } from 'vitest';
import { loadPlan } from '../../src/plan/load.ts';
import { bytes, FIVE_LINES, vocabulary } from './vocabulary.ts';

function loaded(schedule: string): ReturnType<typeof loadPlan> {
  return loadPlan({ file: '/srv/plans/lakeside/ehr.yaml', bytes: bytes(`${FIVE_LINES}schedule: { ${schedule} }\n`) }, vocabulary);
}

function errors(schedule: string): readonly string[] {
  return loaded(schedule).problems.flatMap(({ severity, message }) => (severity === 'error' ? [message] : []));
}

test('a plan is drilled by a cron line, by a cadence, or on Sunday at two', () => {
  expect(loaded('drill: { every: 7d }').plan?.schedule.drill).toMatchObject({ cron: null, everyMs: 7 * 86_400_000 });
  expect(loaded('drill: "0 3 * * *"').plan?.schedule.drill).toMatchObject({ cron: '0 3 * * *', everyMs: null });
  expect(loaded('drill: { pick: oldest }').plan?.schedule.drill).toMatchObject({ cron: '0 2 * * SUN', everyMs: null, pick: 'oldest' });
});

test('a plan proves so many points with one drill, and may say how far moments are apart', () => {
  expect(loaded('drill: { sweep: 7 }').plan?.schedule.drill.sweep).toEqual({ points: 7, everyMs: null });
  expect(loaded('drill: { sweep: { points: 7, every: 1h } }').plan?.schedule.drill.sweep).toEqual({ points: 7, everyMs: 3_600_000 });
  for (const wrong of ['0', '367', '{ every: 1h }', 'often', '{ points: 7, every: 0s }'])
    expect(errors(`drill: { sweep: ${wrong} }`), wrong).not.toEqual([]);
});

test('a plan has one rule for its drills', () => {
  expect(errors('drill: { every: 7d, cron: "0 2 * * SUN" }').join()).toContain('either cron or every');
});

test.each([
  ['drill: { every: 30m }', 'expected at least 1h between two drills'],
  ['drill: { every: 12h }, windows: { forbid: ["MON-FRI 07:00-19:00"] }', 'forbid drills for 13 h at a stretch'],
  ['drill: { every: 3d }, windows: { forbid: ["MON-FRI 00:00-24:00"] }', 'forbid drills for 5 d 1 h at a stretch'],
  ['drill: { every: 30d }, windows: { forbid: ["DAILY 00:00-24:00"] }', 'forbid drills all the time'],
])('a cadence that the windows do not allow is refused: %s', (schedule, message) => {
  expect(errors(`${schedule}, timezone: America/Chicago`).join()).toContain(message);
});

test('a cadence that the windows allow is accepted', () => {
  expect(errors('drill: { every: 14h }, windows: { forbid: ["MON-FRI 07:00-19:00"] }, timezone: America/Chicago')).toEqual([]);
});
