import { expect, test } from 'vitest';
import { loadPlan } from '../../src/plan/load.ts';
import { forOnePoint } from '../../src/recovery/recovery.ts';
import { bytes, FIVE_LINES, vocabulary } from '../plan/vocabulary.ts';

test('a plan that proves seven points in a drill recovers one of them, and is the same otherwise', () => {
  const text = `${FIVE_LINES}\nschedule: { drill: { cron: "0 2 * * SUN", sweep: 7 } }\n`;
  const { plan, problems } = loadPlan({ file: '/plans/ehr.yaml', bytes: bytes(text) }, vocabulary);
  if (plan === undefined) throw new Error(JSON.stringify(problems));

  const recovered = forOnePoint(plan);

  expect([plan.schedule.drill.sweep?.points, recovered.schedule.drill.sweep]).toEqual([7, null]);
  expect({ ...recovered, schedule: null }).toEqual({ ...plan, schedule: null });
  expect({ ...recovered.schedule.drill, sweep: null }).toEqual({ ...plan.schedule.drill, sweep: null });
});
