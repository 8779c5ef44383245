import { drillEntries } from '../evidence/drill-entries.ts';
import { DrillRecord } from '../evidence/record.ts';
import { finding, sentenceOf } from '../finding/finding.ts';
import { recordDrill } from '../store/drills.ts';
import { StoreError } from '../store/error.ts';
import type { HeardDrills } from '../store/heard-drills.ts';
import type { Ledger } from '../store/ledger.ts';
import { withLock } from '../store/lock.ts';
import type { StartedMark } from '../store/ledger-index.ts';
import { interruptedDrills, unmarkOthers, unmarkRunning } from '../store/running.ts';

export interface Closer {
  readonly worker: string;
  readonly now: () => string;
  readonly heard?: HeardDrills | undefined;
}

/**
 * Signs the end of every drill whose process is gone, on this machine or (if `heard` is given: only who looks again and again can tell) on another: inconclusive, `drill.worker-lost` (evidence.md, section 8.4). The monotonic base
 * died with the process, so there are no figures. Gives the ids of the drills.
 */
export async function closeInterrupted(ledger: Ledger, { worker, now, heard }: Closer): Promise<readonly string[]> {
  // Mostly no drill is open: then no lock is taken.
  await ledger.open();
  if (ledger.index.open.size === 0) {
    await unmarkOthers(ledger);
    return [];
  }
  // Two processes may start at once: whoever comes second must see what the first one has closed.
  return withLock(ledger.home.lock(`interrupted-${ledger.client}.lock`), async () => {
    await ledger.open();
    const closed = await closeAll(ledger, { worker, now, heard });
    await unmarkOthers(ledger);
    return closed;
  });
}

async function closeAll(ledger: Ledger, { worker, now, heard }: Closer): Promise<readonly string[]> {
  const closed: string[] = [];
  for (const mark of await interruptedDrills(ledger, heard)) {
    const record = lostRecord(mark, { client: ledger.client, worker, at: now() });
    if (!(await recordedAlone(recordDrill(ledger, record, { plan: undefined, facts: {}, worker })))) continue;
    await unmarkRunning(ledger.home, mark.drill);
    await ledger.sharing?.shared.endBeat(mark.drill);
    closed.push(mark.drill);
  }
  return closed;
}

/** False if another machine has ended the drill in the same moment. */
async function recordedAlone(recording: Promise<unknown>): Promise<boolean> {
  try {
    await recording;
    return true;
  } catch (error) {
    if (error instanceof StoreError && error.code === 'not-open') return false;
    throw error;
  }
}

interface Closing {
  readonly client: string;
  readonly worker: string;
  readonly at: string;
}

/** Made of what the start entry said; everything that only the lost process knew is `null` or empty. */
function lostRecord(mark: StartedMark, { client, worker, at }: Closing): DrillRecord {
  const { recoveryPoints, population, sample, objectives, ...started } = drillEntries['drill-started'].loose().parse(mark.fields);
  const { drill, plan, planDigest, occurrence, trigger, attempt, retryOf, site, failureInstant } = started;
  const lost = finding('drill.worker-lost', 'inconclusive', { probe: 'drill' });
  const none = { basis: 'not-tested', ms: null, because: 'the process that ran the drill was lost', atLeastMs: null } as const;
  return DrillRecord.parse({
    schema: 'https://resurgam.dev/schema/drill-record/v1',
    ...{ drill, plan, planDigest, occurrence, trigger, attempt, retryOf, site, failureInstant, client, recoveryPoints },
    population: population ?? null,
    sample: sample ?? null,
    method: 'component',
    verdict: 'inconclusive',
    reasons: ['drill.worker-lost'],
    ...{ startedAt: mark.at, clockStartedAt: mark.at, usableAt: null, endedAt: at },
    recoveryTime: none,
    projection: null,
    recoveryPointAge: { ...none, component: null, confirmedByData: false },
    newest: [],
    objectives: {
      rto: { targetMs: objectives.rtoMs, result: 'not-tested', by: null },
      rpo: { targetMs: objectives.rpoMs, result: 'not-tested' },
      source: 'plan',
    },
    ...{ sandbox: null, isolation: 'not-proved', services: [], phases: [], workflows: [], people: [], access: [], tools: [], toolLogs: [] },
    findings: [{ ...lost, sentence: sentenceOf(lost) }],
    workers: [{ id: worker, did: 'closed' }],
    clock: { source: 'system', offsetMs: null, stepMs: 0, monotonic: false },
    destroyed: null,
    limitations: ['The process that ran this drill was lost: no figure of it can be believed.'],
    containsPhi: false,
  });
}
