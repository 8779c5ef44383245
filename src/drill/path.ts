import type { DrillRecord } from '../evidence/record.ts';
import { criticalPath, type PathComponent } from '../measurement/critical-path.ts';
import type { DrillRun } from './run.ts';

const OWN = new Set(['provision', 'fetch', 'restore', 'runbook', 'start']);

/**
 * Which component owns the time, from the phases of this drill (measurement.md, section 5): `d(n)` is what each component's own phases
 * took. `null` for a single component, and if one did not come back: what was not recovered has no duration.
 */
export function criticalPathOf(run: DrillRun): DrillRecord['criticalPath'] {
  if (run.components.length < 2 || run.components.some(one => one.running?.ready !== true)) return null;
  const components = Object.fromEntries(
    run.components.map(({ component: { name, needs } }): [string, PathComponent] => [name, { duration: durationOf(run, name), needs }]),
  );
  const terms = { base: baseOf(run), workflows: sumOf(run, 'workflows') };
  const unlimited = criticalPath(components, { ...terms, parallel: null });
  const limited = criticalPath(components, { ...terms, parallel: run.parallel });
  return {
    basis: 'derived',
    parallel: run.parallel,
    totalMs: limited.total,
    unlimitedMs: unlimited.total,
    components: Object.entries(components).map(([component, { duration, needs }]) => ({
      component,
      needs: [...needs],
      durationMs: duration,
      finishMs: limited.finish[component] ?? 0,
      slackMs: unlimited.slack?.[component] ?? 0,
    })),
    critical: [...unlimited.critical],
  };
}

function durationOf(run: DrillRun, component: string): number {
  const own = run.phases.filter(one => one.component === component && OWN.has(one.phase));
  return own.reduce((sum, one) => sum + one.durationMs, 0);
}

/** What comes before any component begins: select and the common provision. */
function baseOf(run: DrillRun): number {
  return sumOf(run, 'select') + sumOf(run, 'provision');
}

function sumOf(run: DrillRun, phase: string): number {
  return run.phases.filter(one => one.component === null && one.phase === phase).reduce((sum, one) => sum + one.durationMs, 0);
}
