import type { Plan } from './plan.ts';
import { refuse, type Remark } from './remark.ts';

/** What components take for themselves must be there, and leave something for the others. */
export function lintShares(plan: Plan, what: 'memory' | 'disk'): readonly Remark[] {
  const key = what === 'memory' ? 'memoryBytes' : 'diskBytes';
  const whole = plan.limits[key];
  const own = plan.components.map(component => component.limits?.[key] ?? 0);
  const taken = own.reduce((sum, bytes) => sum + bytes, 0);
  if (whole === null || taken === 0 || taken < whole || (taken === whole && own.every(bytes => bytes > 0))) return [];
  const first = plan.components.findLast(component => (component.limits?.[key] ?? 0) > 0)?.name ?? '';
  const mib = (bytes: number): string => `${String(Math.ceil(bytes / 2 ** 20))}MiB`;
  return [
    refuse(
      ['components', first, 'limits', what],
      `components take ${mib(taken)} for themselves, and the whole drill has ${mib(whole)}`,
      `Raise limits.${what} of the plan, or take less here: the other components share what is left.`,
    ),
  ];
}
