import type { Jail } from '../backup/target.ts';
import { sandboxOf } from '../drill/provision.ts';
import { probesOf, question } from '../drill/question.ts';
import { engineOf, type ComponentRun, type DrillRun } from '../drill/run.ts';
import type { ProbeSection, Workflow } from '../plan/plan.ts';
import type { ReadySandbox } from '../sandbox/sandbox.ts';
import type { Course } from './course.ts';
import { inPlace } from './running.ts';

/** Asks what a drill asks, of what is in use now: workflows, the probes of each component, and whether they fit together. Reads only. */
export async function askRecovered(course: Course): Promise<void> {
  const { run } = course;
  let sandbox: ReadySandbox | undefined;
  const jail = async (): Promise<Jail> => {
    sandbox ??= await sandboxOf(run, { drill: `${run.id}.ask`, expectedBytes: 0 });
    return readingJail(sandbox.jail);
  };
  try {
    for (const one of run.components) await attach(course, one, jail);
    run.mayAsk = workflow => mayAsk(course, workflow);
    await question(run);
  } finally {
    const destroyed = await sandbox?.destroy();
    const [first] = run.components;
    if (destroyed?.verified === false && first !== undefined) first.destroyed = destroyed;
  }
}

/** What a process that was cut off has sent is not sent again: whether it came is for the workflow that reads it back. */
async function mayAsk(course: Course, { name, options }: Workflow): Promise<boolean> {
  if (options['post'] === undefined) return true;
  const { sent } = course.state;
  if (sent.includes(name)) {
    course.run.limitations.add(`Not asked again, because it was sent before the recovery was cut off: “${name}”.`);
    return false;
  }
  await course.keep({ sent: [...sent, name] });
  return true;
}

/** Files in use are their owner's alone: readers of ours see them all, read-only, in a jail like any other. */
function readingJail(jail: Jail): Jail {
  return { ...jail, run: (command, stop) => jail.run({ ...command, readsEverything: true }, stop) };
}

async function attach(course: Course, one: ComponentRun, jail: () => Promise<Jail>): Promise<void> {
  const { run, state } = course;
  const { name } = one.component;
  const running = await inPlace(course, one.component, jail);
  const brought = state.brought[name];
  // What its backup said, also if another process of ours brought it.
  if (brought !== undefined) one.restored ??= { findings: [], tools: [], usable: true, says: brought.says, layout: brought.layout };
  leaveOut(run, one);
  if (isRenamed(course, one)) {
    one.baseline = {};
    run.limitations.add(`What is in ${name} was not compared with the last accepted drill: its database has another name there.`);
  }
  if (running !== undefined) one.running = running;
  else {
    delete one.running;
    run.limitations.add(`Not asked: ${name}, because ${engineOf(one)} can be asked in a drill alone.`);
  }
}

/** A dump that names no database has another one here than in a drill. */
function isRenamed({ order, state }: Course, { component: { name } }: ComponentRun): boolean {
  const wanted = order.source.target.components[name]?.instance?.database;
  return wanted !== undefined && state.brought[name]?.server?.database === wanted;
}

/** What would write is left to drills, and named: the system is in use now. */
function leaveOut(run: DrillRun, one: ComponentRun): void {
  const probes = probesOf(run, one);
  one.asked = probes.filter(probe => !writes(probe, engineOf(one)));
  for (const { name, kind } of probes.filter(probe => writes(probe, engineOf(one))))
    run.limitations.add(`Of ${one.component.name} the probe ${name === kind ? kind : `“${name}”`} was not asked: it would write.`);
}

/** An examination of a PostgreSQL server makes an extension for as long as it takes. */
function writes({ kind, options }: ProbeSection, engine: string): boolean {
  return options['write'] === true || (kind === 'integrity' && engine === 'postgres');
}
