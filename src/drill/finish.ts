import type { RecoveryPoint } from '../backup/backup.ts';
import { inPlace, newestFirst } from '../backup/choose.ts';
import { withoutFreeText } from '../evidence/free-text.ts';
import type { DrillRecord, PrintedDrill } from '../evidence/record.ts';
import { finding } from '../finding/finding.ts';
import { spanned } from '../tracing.ts';
import { concludeDenied } from './denied.ts';
import { complete, measure } from './measure.ts';
import { noteAffectedSystems } from './out-of-service.ts';
import { recordOf, startedOf } from './record.ts';
import type { DrillRun } from './run.ts';
import { everyComponent } from './swept.ts';

/** What a drill gives to whoever ran it. */
export interface DrillOutcome {
  readonly printed: PrintedDrill;
  readonly stopped: boolean;
  readonly leftBehind: boolean;
  /** By component: the recovery points that were in place, newest first. */
  readonly points: ReadonlyMap<string, readonly ListedPoint[]>;
}

/** A point that could have been drilled. */
export type ListedPoint = Pick<RecoveryPoint, 'id' | 'consistentAt' | 'availableAt'>;

/** The `drill-started` entry: durable before the first step that could tell the outcome (evidence.md, section 8). */
export async function sealStart(run: DrillRun): Promise<void> {
  await spanned('resurgam.drill.begin', {}, () => run.tools.book.started(startedOf(run), run.request.plan));
}

/** measure → conclude → sign. */
export function finish(run: DrillRun): Promise<DrillOutcome> {
  return spanned('resurgam.drill.sign', {}, () => concluded(run));
}

async function concluded(run: DrillRun): Promise<DrillOutcome> {
  const stopped = run.stoppedBy();
  if (stopped !== undefined) run.findings.push(finding(stopped, 'inconclusive', { probe: 'drill' }));
  const leftBehind = noteLeftovers(run);
  concludeDenied(run);
  await noteAffectedSystems(run);
  const figures = measure(run);
  complete(run, figures);
  // What is printed is what is signed: texts of unknown shape are withheld before either.
  const { record } = withoutFreeText(recordOf(run, figures, await keepToolLogs(run)));
  const facts = Object.fromEntries(run.components.map(one => [one.component.name, one.facts]));
  const ledger = await run.tools.book.finished(record, run.request.plan, facts);
  return { printed: { ...record, ledger }, stopped: stopped === 'drill.stopped', leftBehind, points: pointsOf(run) };
}

function pointsOf(run: DrillRun): DrillOutcome['points'] {
  return new Map(
    run.components.map(({ component, listing }) => [component.name, newestFirst(inPlace(listing?.points ?? [], run.failureInstant))]),
  );
}

function noteLeftovers(run: DrillRun): boolean {
  const left = everyComponent(run).filter(one => one.destroyed?.verified === false);
  for (const one of left) {
    const { processes = 0, mounts = 0, bytes = 0 } = one.destroyed ?? {};
    const [observed, unit] = processes > 0 ? [processes, 'processes'] : mounts > 0 ? [mounts, 'mounts'] : [bytes, 'bytes'];
    run.findings.push(
      finding('drill.left-behind', 'inconclusive', { probe: 'destroy', component: one.component.name, expected: 0, observed, unit }),
    );
  }
  return left.length > 0;
}

async function keepToolLogs(run: DrillRun): Promise<DrillRecord['toolLogs']> {
  const further = run.swept.flatMap(({ run: { components } }, index) =>
    components.flatMap(one => one.toolLogs.map(log => ({ ...log, name: `${log.name}.sweep-${String(index + 2)}` }))),
  );
  const kept: DrillRecord['toolLogs'] = [];
  for (const log of [...run.components.flatMap(one => one.toolLogs), ...further]) {
    kept.push(await run.tools.book.toolLog(run.id, log.name, log.text));
  }
  return kept;
}
