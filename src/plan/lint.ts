import { lintComponents } from './lint-components.ts';
import { lintObjectives } from './lint-objectives.ts';
import { lintPeople } from './lint-people.ts';
import { lintProbes } from './lint-probes.ts';
import { lintScenarios } from './lint-scenarios.ts';
import { lintSchedule } from './lint-schedule.ts';
import type { Remark } from './remark.ts';
import type { Linted } from './linted.ts';

/** The rules of meaning (plan-format.md): what a schema cannot say. All remarks at once, in the order of the file. */
export function lintPlan(linted: Linted): readonly Remark[] {
  return [lintPeople, lintObjectives, lintComponents, lintProbes, lintScenarios, lintSchedule].flatMap(rules => rules(linted));
}
