import { begin } from './drill/begin.ts';
import { finish, sealStart, type DrillOutcome } from './drill/finish.ts';
import { tryNeighbours } from './drill/neighbours.ts';
import { sweepMoments } from './drill/moments.ts';
import { question } from './drill/question.ts';
import { readParts } from './drill/read-part.ts';
import { destroyAll, recoverAll } from './drill/recover-all.ts';
import { select } from './drill/select.ts';
import { sweep } from './drill/sweep.ts';
import type { DrillRequest, DrillTools } from './drill/tools.ts';

/**
 * One drill, from a plan to a signed record. Each step answers instead of jumping out: what could not be done becomes a finding, and a
 * drill that broke is signed like one that passed. Throws only when the evidence itself cannot be written.
 */
export async function runDrill(request: DrillRequest, tools: DrillTools): Promise<DrillOutcome> {
  const run = await begin(request, tools);
  await select(run);
  await sealStart(run); // durable before the first step that could tell the outcome
  try {
    await recoverAll(run); // provision → fetch → restore → start, side by side as far as they need one another
    await question(run); // workflows, then probes
    await tryNeighbours(run); // what none of them needs of the others
    await readParts(run); // of the store, beyond what this recovery point needed
    await sweepMoments(run); // further moments of an archived log, over files that were kept
  } finally {
    await destroyAll(run);
  }
  await sweep(run); // further recovery points, once the first sandboxes are gone
  return finish(run); // measure → conclude → sign
}
