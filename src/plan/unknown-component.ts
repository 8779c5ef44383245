import { didYouMean } from './nearest.ts';
import type { Plan } from './plan.ts';
import { refuse, type Remark } from './remark.ts';

/** A name that is no component of the plan, with what was likely meant; nothing to say of one that is. */
export function lintName(name: string, path: readonly PropertyKey[], plan: Plan): readonly Remark[] {
  const names = plan.components.map(component => component.name);
  if (names.includes(name)) return [];
  return [refuse(path, `unknown component "${name}"${didYouMean(name, names)}`, `Name one of: ${names.join(', ')}.`)];
}
