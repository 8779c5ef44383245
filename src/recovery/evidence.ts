import { join } from 'node:path';
import { complete, measure } from '../drill/measure.ts';
import { recordOf, startedOf } from '../drill/record.ts';
import type { DrillRun } from '../drill/run.ts';
import { finishedEntry } from '../evidence/finished.ts';
import { withoutFreeText } from '../evidence/free-text.ts';
import { DrillRecord } from '../evidence/record.ts';
import type { Ledger } from '../store/ledger.ts';
import { readFile } from '../system/files.ts';
import { planSubject } from '../store/subject-files.ts';

export interface Declared {
  /** What happened, by the name that people give it. */
  readonly event: string;
  readonly declaredBy: string;
  readonly target: string;
}

/** `recovery-started`: durable before anything of the target is changed. Once, whoever was cut off between this and what is kept of it. */
export async function sealRecoveryStart(ledger: Ledger, run: DrillRun, declared: Declared): Promise<void> {
  if (ledger.index.recoveries.has(run.id)) return;
  const actor = { kind: 'worker', id: run.tools.worker } as const;
  await ledger.append({ type: 'recovery-started', actor, fields: { ...startedOf(run), ...declared } }, [planSubject(run.request.plan)]);
}

/** `recovery-finished` and its record: like a drill's, and never counted as one. Once: who comes again is given what was signed. */
export async function sealRecoveryEnd(ledger: Ledger, run: DrillRun, declared: Declared): Promise<DrillRecord> {
  const name = `recoveries/${run.id}.json`;
  if (ledger.index.recoveries.get(run.id) === 'finished')
    return DrillRecord.parse(JSON.parse(await readFile(join(ledger.paths.folder, name), 'utf8')));
  const figures = measure(run);
  complete(run, figures);
  run.limitations.add('This was a recovery for real: it was asked what a drill asks, but for what would write.');
  const { record } = withoutFreeText(recordOf(run, figures, []));
  const fields = { ...finishedEntry(record), ...declared, record: name };
  const actor = { kind: 'worker', id: run.tools.worker } as const;
  await ledger.append({ type: 'recovery-finished', actor, fields }, [{ name, bytes: `${JSON.stringify(record, null, 2)}\n` }]);
  await ledger.checkpoint();
  return record;
}
