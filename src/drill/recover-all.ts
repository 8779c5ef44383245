import { spanned } from '../tracing.ts';
import { apportion } from './apportion.ts';
import { componentOf } from './begin.ts';
import { inTurn } from './in-turn.ts';
import { isOutOfService, noteOutOfService } from './out-of-service.ts';
import { provisionOne } from './provision.ts';
import { recover } from './recover.ts';
import { step, type DrillRun } from './run.ts';
import { runsWithoutBackup } from './without-backup.ts';

/** provision, all sandboxes at once; then fetch → restore → start of each component, as soon as those that it needs are there. */
export async function recoverAll(run: DrillRun): Promise<void> {
  const chosen = run.components.filter(one => runsWithoutBackup(run, one) || (one.point !== undefined && one.tool !== undefined));
  if (chosen.length === 0) return;
  await step(run, { component: null, phase: 'provision', broken: 'drill.could-not-provision' }, async () => {
    const limits = apportion(run);
    const pieces = chosen.map(({ component: { name } }) => ({ name, needs: [], weight: 1 }));
    await inTurn(pieces, run.parallel, name => provisionOne(run, name, limits.get(name) ?? run.limits));
  });
  // How long each takes is not known yet; more bytes take longer.
  const pieces = run.components.map(({ component: { name, needs }, point }) => ({ name, needs, weight: 1 + (point?.bytes ?? 0) }));
  await inTurn(pieces, run.parallel, async name => {
    const one = componentOf(run, name);
    if (one !== undefined && !isOutOfService(run, one)) await recover(run, one);
  });
  noteOutOfService(run);
}

/** Ends every sandbox, also after a stop: what was made is taken away and looked for. */
export async function destroyAll(run: DrillRun): Promise<void> {
  const made = run.components.filter(one => one.sandbox !== undefined);
  if (made.length === 0) return;
  const startMs = Math.round(run.tools.clock.monotonicMs() - run.startMonoMs);
  run.tools.events.phaseStarted(null, 'destroy');
  await spanned('resurgam.drill.destroy', {}, async () => {
    for (const one of made) {
      const destroyed = await one.sandbox?.destroy();
      if (destroyed !== undefined) one.destroyed = destroyed;
    }
  });
  const durationMs = Math.round(run.tools.clock.monotonicMs() - run.startMonoMs) - startMs;
  run.phases.push({ component: null, phase: 'destroy', startMs, durationMs, attempts: 1 });
  run.tools.events.phaseEnded(null, 'destroy', durationMs);
}
