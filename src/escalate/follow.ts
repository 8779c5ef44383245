import type { Statement } from '../evidence/statement.ts';
import { asText } from '../evidence/statement.ts';
import type { DrillRecord } from '../evidence/record.ts';
import { isRegular, type RegularTrigger } from '../evidence/regular.ts';
import { drillMissed } from '../escalation/conditions-of.ts';
import { conditionsOfDrill } from '../escalation/conditions-of-drill.ts';
import type { Observed } from '../escalation/matter.ts';
import type { Happening } from '../escalation/seen.ts';
import { lastAccepted, readRecord, regularDrills } from '../store/drills.ts';
import type { Ledger } from '../store/ledger.ts';
import { entriesFrom } from '../store/read-entries.ts';
import { beginFollow, followFrom, followTo } from '../store/state/follow.ts';
import { drainOutbox } from '../store/state/outbox.ts';
import { applyAll } from './apply.ts';
import type { EscalateTools } from './tools.ts';

/** So many earlier verdicts of a plan decide whether its drills are unreliable. */
const EARLIER = 20;
/** So many entries are acted on in one transaction. */
const MOST = 1_000;

/**
 * Acts on everything that the ledger says since it was looked at last: drills that ended, whoever ran them, and drills that were missed.
 * What an entry leads to and how far we came are kept in one transaction, so that no entry is passed over and none counts twice. A ledger
 * that is followed for the first time is followed from its end: nobody is called for what is history. Gives how many entries were read.
 */
export async function followLedger(ledger: Ledger, tools: EscalateTools): Promise<number> {
  await drainOutbox(tools.state, ledger);
  await ledger.open();
  const { client } = ledger;
  const end = ledger.position().size;
  const from = await tools.state.of(client, async tx => {
    await beginFollow(tx, client, end);
    return (await followFrom(tx, client)) ?? end;
  });
  if (from > end) await followShorter(ledger, tools, from);
  if (from >= end) return 0;
  let read = 0;
  for await (const entries of together(entriesFrom(ledger, from))) {
    const [first] = entries;
    const happenings = await happeningsOf(first, ledger, tools);
    await tools.state.of(client, async tx => {
      // Another process may have been faster.
      const next = (await followFrom(tx, client)) ?? 0;
      const fresh = entries.filter(({ predicate }) => predicate.seq >= next);
      const last = fresh.at(-1);
      if (last === undefined) return;
      await applyAll({ tx, client, tools }, [...happenings, ...missedOf(fresh)]);
      await followTo(tx, client, last.predicate.seq + 1);
    });
    read += entries.length;
  }
  await drainOutbox(tools.state, ledger);
  return read;
}

/** Drills that ended one by one, what lies between them at once: after a week off thousands of drills were missed, and as much was scheduled. */
async function* together(entries: AsyncIterable<Statement>): AsyncGenerator<readonly Statement[]> {
  let between: Statement[] = [];
  for await (const one of entries) {
    if (one.type !== 'drill-finished' && between.length < MOST) {
      between.push(one);
      continue;
    }
    if (between.length > 0) yield between;
    between = [];
    yield [one];
  }
  if (between.length > 0) yield between;
}

/** Of each plan one, the last, with how many there were. */
function missedOf(entries: readonly Statement[]): readonly Happening[] {
  const byPlan = new Map<string, Observed>();
  for (const { type, predicate } of entries) {
    if (type !== 'drill-missed') continue;
    const occurrence = asText(predicate['occurrence']) ?? '';
    const cause = asText(predicate['cause']) ?? 'unknown';
    const plan = occurrence.split('/')[0] ?? '';
    const times = (byPlan.get(plan)?.times ?? 0) + 1;
    const source = { at: predicate.at, seq: predicate.seq, system: plan, plan };
    byPlan.set(plan, { ...drillMissed(source, { occurrence, cause }), times });
  }
  return [...byPlan.values()];
}

/** The state knows of entries that the ledger does not have: an older copy of it was put back. What is appended from here on must be seen. */
async function followShorter(ledger: Ledger, tools: EscalateTools, from: number): Promise<void> {
  // Somebody may have appended, and followed, since the ledger was read.
  await ledger.open();
  const { size } = ledger.position();
  if (from <= size) return;
  tools.explain(`${ledger.client}: the ledger has ${size} entries, and ${from} were acted on: entries are missing from its end`);
  await tools.state.of(ledger.client, async tx => {
    if ((await followFrom(tx, ledger.client)) === from) await followTo(tx, ledger.client, size);
  });
}

async function happeningsOf(entry: Statement | undefined, ledger: Ledger, tools: EscalateTools): Promise<readonly Happening[]> {
  if (entry?.type !== 'drill-finished') return [];
  const { predicate } = entry;
  const trigger = (asText(predicate['trigger']) ?? 'manual') as DrillRecord['trigger'];
  if (!isRegular(trigger)) return [];
  const drill = asText(predicate['drill']) ?? '';
  const record = await readRecord(ledger, drill);
  if (record !== undefined) return conditionsOfDrill({ ...(await drillSeen(record, predicate.seq, ledger)), trigger });
  tools.explain(`${ledger.client}: the record of drill ${drill} is gone, or is not the one that was signed`);
  return withoutRecord(predicate, trigger, ledger);
}

/**
 * What the signed entry says by itself. Bad news needs no record to be bad; a drill that is said to have passed, and can no longer be
 * shown to have, proves nothing.
 */
function withoutRecord(predicate: Statement['predicate'], trigger: RegularTrigger, ledger: Ledger): readonly Happening[] {
  const plan = asText(predicate['plan']) ?? '';
  const drill = asText(predicate['drill']) ?? '';
  const { seq } = predicate;
  const reasons = predicate['reasons'];
  const happenings = conditionsOfDrill({
    ...{ at: asText(predicate['endedAt']) ?? predicate.at, seq, system: plan, plan, drill },
    verdict: (asText(predicate['verdict']) ?? 'inconclusive') as DrillRecord['verdict'],
    trigger,
    reasons: Array.isArray(reasons) ? reasons.filter(code => typeof code === 'string') : [],
    ...{ components: [], findings: [], earlier: earlierVerdicts(ledger, plan, seq), rowsBefore: null },
  });
  return happenings.filter(one => one.kind === 'observed' || !one.holds);
}

function earlierVerdicts(ledger: Ledger, plan: string, seq: number): readonly DrillRecord['verdict'][] {
  const earlier = regularDrills(ledger, plan).filter(mark => mark.seq < seq);
  return earlier.slice(0, EARLIER).map(mark => mark.verdict as DrillRecord['verdict']);
}

async function drillSeen(
  record: DrillRecord,
  seq: number,
  ledger: Ledger,
): Promise<Omit<Parameters<typeof conditionsOfDrill>[0], 'trigger'>> {
  const { plan, drill, verdict, reasons } = record;
  return {
    ...{ at: record.endedAt, seq, system: plan, plan, drill, verdict, reasons },
    components: [...new Set(record.recoveryPoints.map(point => point.component))],
    findings: record.findings as Parameters<typeof conditionsOfDrill>[0]['findings'],
    earlier: earlierVerdicts(ledger, plan, seq),
    rowsBefore: await rowsBefore(ledger, plan, drill),
  };
}

/** Rows that the inventory counted at the drill that this one was compared with; `null` if nobody did. */
async function rowsBefore(ledger: Ledger, plan: string, drill: string): Promise<number | null> {
  const accepted = await lastAccepted(ledger, plan);
  if (accepted === undefined || accepted.drill === drill) return null;
  const counts = Object.values(accepted.facts).flatMap(kinds => Object.values(kinds).map(facts => facts['rows']));
  const numbers = counts.flatMap(rows => (typeof rows === 'object' && rows !== null ? Object.values(rows as Record<string, unknown>) : []));
  const total = numbers.reduce((sum: number, rows) => sum + (typeof rows === 'number' ? rows : 0), 0);
  return total === 0 ? null : total;
}
