import { readPartInJail, STORE } from './fetch.ts';
import { note, step, type ComponentRun, type DrillRun } from './run.ts';

/**
 * After the questions, so that it lengthens no recovery time: each store is read a part further than the restore needed. What it finds is
 * said about the backups; what was read is remembered for the next drill.
 */
export async function readParts(run: DrillRun): Promise<void> {
  for (const one of run.components) {
    // Without a restore there is an answer already; and a store that cannot be fetched from cannot be read either.
    if (one.tool?.readPart === undefined || one.restored?.usable !== true) continue;
    await step(run, { component: one.component.name, phase: 'probes', broken: 'backup.part-not-read' }, () => readPart(run, one));
  }
}

async function readPart(run: DrillRun, one: ComponentRun): Promise<void> {
  run.tools.events.progress({ phase: 'probes', doneBytes: 0, totalBytes: null, note: 'a part of the store' });
  const read = await readPartInJail(run, one);
  note(run, one.component.name, read.findings);
  one.facts[STORE] = read.facts;
}
