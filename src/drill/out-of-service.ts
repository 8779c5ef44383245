import { finding } from '../finding/finding.ts';
import { componentOf } from './begin.ts';
import { isDeniedName, noteNeeded } from './denied.ts';
import { note, type ComponentRun, type DrillRun } from './run.ts';

/** Whether a component that this one needs did not come back: then it is not even tried, and says why. */
export function isOutOfService(run: DrillRun, one: ComponentRun): boolean {
  const missing = one.component.needs.filter(need => !isBack(run, need));
  for (const object of missing) {
    if (isDeniedName(run, object)) noteNeeded(run, { component: one.component.name, dependency: 'identity', step: 'needs' });
    note(run, one.component.name, [finding('drill.need-not-met', 'skipped', { probe: 'needs', object })]);
  }
  return missing.length > 0;
}

function isBack(run: DrillRun, name: string): boolean {
  return componentOf(run, name)?.running?.ready === true;
}

/** For each component that did not come back by its own fault: what is out of service because of it, directly and further on. */
export function noteOutOfService(run: DrillRun): void {
  const names = run.components.map(({ component }) => component.name);
  const own = run.components.filter(({ component }) => !isBack(run, component.name) && component.needs.every(need => isBack(run, need)));
  for (const { component } of own) {
    const out = dependantsOf(run, component.name);
    for (const object of names.filter(name => out.has(name))) {
      note(run, component.name, [finding('drill.out-of-service', 'skipped', { probe: 'needs', object, required: false })]);
    }
  }
}

/** Those that need it, and those that need them. */
function dependantsOf(run: DrillRun, name: string): ReadonlySet<string> {
  const out = new Set<string>();
  const add = (needed: string): void => {
    for (const { component } of run.components) {
      if (!component.needs.includes(needed) || out.has(component.name)) continue;
      out.add(component.name);
      add(component.name);
    }
  };
  add(name);
  return out;
}

/**
 * For each component that did not come back as it should: the other systems that need it (requirement SD-04). A system that needs one
 * component of this one is also named for what that component needs.
 */
export async function noteAffectedSystems(run: DrillRun): Promise<void> {
  if (run.request.trigger === 'search') return; // an older point takes nobody out of service
  const bad = run.components.filter(({ component }) => !isBack(run, component.name) || isBad(run, component.name));
  const own = bad.filter(({ component }) => !component.needs.some(need => bad.some(other => other.component.name === need)));
  const dependants = own.length === 0 ? [] : ((await run.request.dependants?.()) ?? []);
  for (const { component } of own) {
    const out = new Set([component.name, ...dependantsOf(run, component.name)]);
    const affected = dependants.filter(one => one.component === null || out.has(one.component));
    for (const object of new Set(affected.map(({ plan }) => plan))) {
      note(run, component.name, [finding('drill.system-affected', 'skipped', { probe: 'needs', object, required: false })]);
    }
  }
}

function isBad({ findings }: DrillRun, name: string): boolean {
  return findings.some(found => found.component === name && found.required && found.outcome === 'failed');
}
