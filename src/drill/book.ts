import { keepBeating } from '../store/drill-beats.ts';
import { lastAccepted, newDrillId, pointSizes, recordDrill } from '../store/drills.ts';
import type { Ledger } from '../store/ledger.ts';
import { appendStart } from '../store/occurrences.ts';
import { markRunning, unmarkRunning } from '../store/running.ts';
import { planSubject } from '../store/subject-files.ts';
import { saveToolLog } from '../store/tool-log.ts';
import { untilReachable } from '../store/until-reachable.ts';
import type { DrillBook } from './tools.ts';

export interface BookOptions {
  readonly ledger: Ledger;
  readonly worker: string;
  readonly pseudonym: (text: string) => string;
  readonly stop: AbortSignal;
  /** Called when the machines that share the ledger cannot have heard of this drill for too long. */
  readonly cutOff: () => void;
}

/** The drill's book over the ledger and the files of one client. */
export function drillBook({ ledger, worker, pseudonym, stop, cutOff }: BookOptions): DrillBook {
  const { home, client, sharing } = ledger;
  const beating = new Map<string, () => Promise<void>>();
  const unmark = async (drill: string): Promise<void> => {
    await beating.get(drill)?.();
    await unmarkRunning(home, drill);
  };
  return {
    newDrillId,
    pseudonym,
    baseline: plan => lastAccepted(ledger, plan),
    sizes: (plan, component) => pointSizes(ledger, { plan, component }),
    started: async (fields, plan) => {
      const { drill } = fields;
      // First the marker, then the entry: a started drill without a living process is a lost one.
      await markRunning(home, { drill, client, plan: fields.plan });
      try {
        if (sharing !== undefined) beating.set(drill, await keepBeating(sharing, drill, cutOff));
        await appendStart(ledger, { type: 'drill-started', actor: { kind: 'worker', id: worker }, fields }, [planSubject(plan)]);
      } catch (error) {
        await unmark(drill);
        throw error;
      }
    },
    finished: async (record, plan, facts) => {
      try {
        return await untilReachable(() => recordDrill(ledger, record, { plan, facts, worker }), stop);
      } finally {
        // What could not be signed is over all the same: the next look signs it as lost.
        await unmark(record.drill);
      }
    },
    toolLog: (drill, name, text) => saveToolLog(home, { client, drill, name }, Buffer.from(text)),
  };
}
