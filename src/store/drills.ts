import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { sha256Hex } from '../evidence/digest.ts';
import { withoutFreeText } from '../evidence/free-text.ts';
import { finishedEntry, recordName } from '../evidence/finished.ts';
import { DrillRecord } from '../evidence/record.ts';
import { isCode, readFile } from '../system/files.ts';
import { StoreError } from './error.ts';
import { readFacts, saveFacts, type DrillFacts } from './facts.ts';
import type { FinishedMark } from './ledger-index.ts';
import type { Ledger, LedgerPosition } from './ledger.ts';
import { planSubject } from './subject-files.ts';

/** The plan as a drill was executed by it: its exact bytes are kept beside the ledger. */
export interface PlanFile {
  readonly plan: string;
  readonly digest: string;
  readonly bytes: Uint8Array;
}

/** `d-20261101T080003Z-9f4be2`: unique in the ledger, sorts by time. `now` is ISO, UTC. */
export function newDrillId(now: string): string {
  const stamp = now.replaceAll(/[-:]|\.\d+/g, '');
  return `d-${stamp}-${randomBytes(3).toString('hex')}`;
}

/**
 * Facts, record, plan file, `drill-finished` and a checkpoint, in this order; durable when it resolves. Says where its entry stands. What
 * is no name and no figure is withheld from the record, whoever made it (`withoutFreeText`).
 */
export async function recordDrill(
  ledger: Ledger,
  made: DrillRecord,
  kept: { readonly plan: PlanFile | undefined; readonly facts: DrillFacts; readonly worker: string },
): Promise<LedgerPosition> {
  const { record } = withoutFreeText(made);
  const { client, plan, drill } = record;
  if (Object.keys(kept.facts).length > 0) await saveFacts(ledger.home, { client, plan, drill, shared: ledger.sharing?.shared }, kept.facts);
  const bytes = `${JSON.stringify(record, null, 2)}\n`;
  const subjects = [{ name: recordName(drill), bytes }];
  const files = kept.plan === undefined ? subjects : [...subjects, planSubject(kept.plan)];
  const actor = { kind: 'worker', id: kept.worker } as const;
  const appended = await ledger.appendAll(({ finished }) => {
    const mark = finished.get(drill);
    if (mark === undefined) return [{ entry: { type: 'drill-finished', actor, fields: finishedEntry(record) }, files }];
    // The answer of a server that was lost in that moment did not reach us.
    if (mark.sha256 === sha256Hex(bytes)) return [];
    throw endedBefore(drill);
  });
  const seq = ledger.index.finished.get(drill)?.seq ?? appended.seq;
  return { ...(await ledger.checkpoint()), seq };
}

/** Of two that end one drill (we were cut off and given up for lost, then came back) the first is believed, and nothing is signed twice. */
function endedBefore(drill: string): StoreError {
  return new StoreError('not-open', `${drill}: expected an open drill, another worker has signed it as lost meanwhile`, {
    hint: 'Look at the network between this machine and PostgreSQL; the occurrence is tried again.',
  });
}

/** Finished drills as the ledger knows them, newest first; of one plan if it is named. */
export function finishedDrills(ledger: Ledger, plan?: string): readonly FinishedMark[] {
  return [...ledger.index.finished.values()].filter(mark => plan === undefined || mark.plan === plan).toReversed();
}

/** Of these, the ones that speak for their plan. */
export function regularDrills(ledger: Ledger, plan?: string): readonly FinishedMark[] {
  return finishedDrills(ledger, plan).filter(mark => mark.regular);
}

/** The record of a drill; undefined if the ledger knows none, or if its file is gone or is not the one that was signed. */
export async function readRecord(ledger: Ledger, drill: string): Promise<DrillRecord | undefined> {
  const mark = ledger.index.finished.get(drill);
  if (mark === undefined || mark.record !== recordName(drill)) return undefined;
  const bytes = await readFile(join(ledger.paths.folder, mark.record)).catch((error: unknown) => {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  });
  if (bytes === undefined || sha256Hex(bytes) !== mark.sha256) return undefined;
  return DrillRecord.safeParse(JSON.parse(bytes.toString('utf8'))).data;
}

/** Newest first, for `history`. Drills whose record cannot be believed any more come with `record: undefined`. */
export async function* history(ledger: Ledger, plan?: string): AsyncGenerator<{ mark: FinishedMark; record: DrillRecord | undefined }> {
  for (const mark of finishedDrills(ledger, plan)) yield { mark, record: await readRecord(ledger, mark.drill) };
}

/** `series` of a `baseline-reset` by which a person accepts what a drill found as the new normal. */
export function acceptanceSeries(plan: string, drill: string): string {
  return `${plan}/${drill}`;
}

/**
 * What the next drill of a plan is compared with: the newest drill that passed or only missed an objective, or that a person accepted by
 * name, and whose facts are there as they were kept.
 */
export async function lastAccepted(
  ledger: Ledger,
  plan: string,
): Promise<{ readonly drill: string; readonly facts: DrillFacts } | undefined> {
  for (const { drill, verdict, regular } of finishedDrills(ledger, plan)) {
    const accepted =
      (regular && (verdict === 'passed' || verdict === 'objective-missed')) || ledger.index.resets.has(acceptanceSeries(plan, drill));
    const facts = accepted
      ? await readFacts(ledger.home, { client: ledger.client, plan, drill, shared: ledger.sharing?.shared })
      : undefined;
    if (facts !== undefined) return { drill, facts };
  }
  return undefined;
}

/** Sizes in bytes of the recovery points that earlier drills of a component used, newest drill first; at most `count`. */
export async function pointSizes(ledger: Ledger, of: { plan: string; component: string; count?: number }): Promise<readonly number[]> {
  const sizes: number[] = [];
  for await (const { record } of history(ledger, of.plan)) {
    const points = record?.recoveryPoints.filter(point => point.component === of.component) ?? [];
    sizes.push(...points.map(point => point.bytes));
    if (sizes.length >= (of.count ?? 30)) break;
  }
  return sizes.slice(0, of.count ?? 30);
}
