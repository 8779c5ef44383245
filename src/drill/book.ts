import { lastAccepted, newDrillId, pointSizes, recordDrill } from '../store/drills.ts';
import type { Ledger } from '../store/ledger.ts';
import { appendStart } from '../store/occurrences.ts';
import { markRunning, unmarkRunning } from '../store/running.ts';
import { planSubject } from '../store/subject-files.ts';
import { saveToolLog } from '../store/tool-log.ts';
import type { DrillBook } from './tools.ts';

export interface BookOptions {
  readonly ledger: Ledger;
  readonly worker: string;
  readonly pseudonym: (text: string) => string;
}

/** The drill's book over the ledger and the files of one client. */
export function drillBook({ ledger, worker, pseudonym }: BookOptions): DrillBook {
  const { home, client } = ledger;
  return {
    newDrillId,
    pseudonym,
    baseline: plan => lastAccepted(ledger, plan),
    sizes: (plan, component) => pointSizes(ledger, { plan, component }),
    started: async (fields, plan) => {
      // First the marker, then the entry: a started drill without a living process is a lost one.
      await markRunning(home, { drill: fields.drill, client, plan: fields.plan });
      await appendStart(ledger, { type: 'drill-started', actor: { kind: 'worker', id: worker }, fields }, [planSubject(plan)]).catch(
        async (error: unknown) => {
          await unmarkRunning(home, fields.drill);
          throw error;
        },
      );
    },
    finished: async (record, plan, facts) => {
      const position = await recordDrill(ledger, record, { plan, facts, worker });
      await unmarkRunning(home, record.drill);
      return position;
    },
    toolLog: (drill, name, text) => saveToolLog(home, { client, drill, name }, Buffer.from(text)),
  };
}
