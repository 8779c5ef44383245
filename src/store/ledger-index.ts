import type { DrillRecord } from '../evidence/record.ts';
import { isRegular } from '../evidence/regular.ts';
import { asText, type Statement } from '../evidence/statement.ts';
import { ScheduleIndex } from './schedule-index.ts';

/** What the ledger says of one drill. */
export interface DrillMark {
  readonly drill: string;
  readonly plan: string;
  readonly seq: number;
  readonly at: string;
}
export interface FinishedMark extends DrillMark {
  readonly verdict: string;
  /** Whether it speaks for its plan (`isRegular`). */
  readonly regular: boolean;
  /** The record in the ledger's folder, and its digest as signed. */
  readonly record: string;
  readonly sha256: string;
}
export interface StartedMark extends DrillMark {
  /** All fields of the entry: what a lost drill's record is made of. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What the store looks up in a ledger, gathered while it is read: a few words per drill, nothing per line. */
export class LedgerIndex {
  readonly finished = new Map<string, FinishedMark>();
  /** Started and not finished. */
  readonly open = new Map<string, StartedMark>();
  /** Recoveries for real, and whether they are finished. */
  readonly recoveries = new Map<string, 'started' | 'finished'>();
  /** `series` of every `baseline-reset`. */
  readonly resets = new Set<string>();
  /** Ids of the keys by which each machine may sign, by the fingerprint of the machine; only where machines share the ledger. */
  readonly machines = new Map<string, Set<string>>();
  /** The key that began the ledger. */
  firstKey = '';
  /** What is scheduled, and how it stands. */
  readonly schedule = new ScheduleIndex();
  /** `at` of the last entry; empty before the first. No later entry is older, whatever the clock says. */
  at = '';

  /** Whether an entry may vouch for this file. Of the records of drills and recoveries it is known; every other file is taken for evidence. */
  vouchesFor(name: string): boolean {
    const [, folder = '', id = ''] = /^(drills|recoveries)\/([^/]+)\.json$/.exec(name) ?? [];
    if (folder === 'recoveries') return this.recoveries.get(id) === 'finished';
    return folder === '' || this.finished.get(id)?.record === name;
  }

  take(statement: Statement): void {
    const { type, predicate, subjects } = statement;
    this.at = predicate.at;
    this.schedule.take(statement);
    if (predicate.seq === 0) this.firstKey = asText(predicate.keyid) ?? '';
    if (type === 'key' || type === 'key-revoked') this.#takeKey(predicate);
    if (type === 'baseline-reset') this.resets.add(asText(predicate.series) ?? '');
    if (type === 'recovery-started') this.recoveries.set(asText(predicate.drill) ?? '', 'started');
    if (type === 'recovery-finished') this.recoveries.set(asText(predicate.drill) ?? '', 'finished');
    if (type !== 'drill-started' && type !== 'drill-finished') return;
    const drill = asText(predicate.drill) ?? '';
    const mark = { drill, plan: asText(predicate.plan) ?? '', seq: predicate.seq, at: predicate.at };
    if (type === 'drill-started') {
      this.open.set(drill, { ...mark, fields: predicate });
      return;
    }
    const record = asText(predicate.record) ?? '';
    const sha256 = subjects.find(subject => subject.name === record)?.sha256 ?? '';
    this.open.delete(drill);
    const regular = isRegular((asText(predicate['trigger']) ?? 'manual') as DrillRecord['trigger']);
    this.finished.set(drill, { ...mark, verdict: asText(predicate.verdict) ?? '', regular, record, sha256 });
  }

  #takeKey({ keyid, machine, replaces, revokes }: Statement['predicate']): void {
    const gone = asText(replaces) ?? asText(revokes);
    for (const keys of this.machines.values()) if (gone !== undefined) keys.delete(gone);
    const [fingerprint, added] = [asText(machine), asText(keyid)];
    if (fingerprint === undefined || added === undefined) return;
    const keys = this.machines.get(fingerprint);
    if (keys === undefined) this.machines.set(fingerprint, new Set([added]));
    else keys.add(added);
  }
}
