import { join } from 'node:path';
import { rm } from '../system/files.ts';
import { makeBilling, openBucket } from './lakeside/billing.ts';
import { makeDirectorySystem } from './lakeside/directory.ts';
import { makeEhr } from './lakeside/ehr.ts';
import { makeInterfaceEngine } from './lakeside/interface-engine.ts';
import { makeLab } from './lakeside/lab.ts';
import { makePacs } from './lakeside/pacs.ts';
import { preparePlace, type SamplePlace } from './lakeside/place.ts';
import { isStopped, type DemoRequest } from './demo.ts';
import { SourceError } from './source.ts';

/** A sample system: what makes its backups, and what has to run while it is drilled. */
export interface SampleSystem {
  readonly name: string;
  /** Of its plan in plans/lakeside. */
  readonly plan: string;
  /** Of its backups in .cache/demo/lakeside. */
  readonly folder: string;
  readonly make: (place: SamplePlace) => Promise<void>;
  /** Opens the store of its backups, where that is no folder. */
  readonly open?: (folder: string) => Promise<{ stop(): Promise<void> }>;
}

/** One for each kind of system; scheduling and the orders of the pharmacy are workflows of the EHR. */
export const SAMPLES: readonly SampleSystem[] = [
  { name: 'EHR', plan: 'ehr-system', folder: 'ehr', make: place => makeEhr(place) },
  { name: 'PACS', plan: 'pacs', folder: 'pacs', make: makePacs },
  { name: 'laboratory', plan: 'lab', folder: 'lab', make: place => makeLab(place) },
  { name: 'interface engine', plan: 'interface-engine', folder: 'interface-engine', make: makeInterfaceEngine },
  { name: 'billing', plan: 'billing', folder: 'billing', make: place => makeBilling(place), open: openBucket },
  { name: 'directory', plan: 'directory', folder: 'directory', make: makeDirectorySystem },
];

/** What a sample came to. */
export interface SampleResult {
  readonly name: string;
  /** A verdict of a drill, or that there was none. */
  readonly verdict: string;
  /** From restore to usable; `null`: nothing could be measured. */
  readonly recoveryMs: number | null;
}

export interface SamplesRequest extends Pick<DemoRequest, 'say' | 'home' | 'checkout' | 'stop'> {
  /** Executes a plan as `resurgam drill` does, with `home` as its RESURGAM_HOME. */
  drill(planFile: string): Promise<Omit<SampleResult, 'name'>>;
  readonly samples?: readonly SampleSystem[];
}

/** Makes the backups of each sample system with the tools that it is backed up with, and drills it. Gives what came of those that were reached before a person stopped it. */
export async function runSamples(request: SamplesRequest): Promise<readonly SampleResult[]> {
  const { samples = SAMPLES, say } = request;
  const results: SampleResult[] = [];
  await rm(request.home, { recursive: true, force: true });
  for (const [index, sample] of samples.entries()) {
    if (isStopped(request)) break;
    say(`\n${index + 1} of ${samples.length}: ${sample.name}`);
    try {
      results.push({ name: sample.name, ...(await runSample(sample, request)) });
    } catch (error) {
      // Whatever was under way ends with an error of its own then.
      if (isStopped(request)) break;
      if (!(error instanceof SourceError)) throw error;
      say(`    ${error.message}\n    ${error.hint}`);
      results.push({ name: sample.name, verdict: 'not made', recoveryMs: null });
    }
  }
  return results;
}

async function runSample(sample: SampleSystem, request: SamplesRequest): Promise<Omit<SampleResult, 'name'>> {
  const { checkout, stop } = request;
  const all = join(checkout, '.cache', 'demo', 'lakeside');
  const place = { folder: join(all, sample.folder), secrets: join(all, 'secrets'), checkout, stop };
  request.say('    Making its backups …');
  await preparePlace(place);
  await sample.make(place);
  stop.throwIfAborted();
  const store = await sample.open?.(place.folder);
  try {
    request.say('    Drilling it …');
    return await request.drill(join(checkout, 'plans', 'lakeside', `${sample.plan}.yaml`));
  } finally {
    await store?.stop();
  }
}
