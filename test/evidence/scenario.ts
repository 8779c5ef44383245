import { emptyLedger, endAfter, seal, type Entry, type EntryType, type LedgerEnd } from '../../src/evidence/entry.ts';
import { finishedEntry } from '../../src/evidence/finished.ts';
import type { Signer } from '../../src/evidence/key.ts';
import { sampleRecord } from './fixtures.ts';

export const ORIGIN = 'resurgam.example/lakeside';
const PLAN = 'lakeside-ehr';
const HEX = '9f4be2c1d07a63580e1b4c2f7a8d9c0b1e2f3a4b5c6d7e8f90a1b2c3d4e5f607';
const worker = { kind: 'worker', id: 'worker-1' } as const;
const system = { kind: 'system', id: 'resurgam' } as const;
const person = { kind: 'person', id: 'it-director' } as const;

export interface Timed {
  readonly now: string;
  readonly entry: Entry;
}

export function occurrence(day: string): { readonly id: string; readonly dueAt: string; readonly lateAfter: string } {
  return { id: `${PLAN}/drill@${day}T08:00:00Z`, dueAt: `${day}T08:00:00.000Z`, lateAfter: `${day}T14:00:00.000Z` };
}

export function genesis(signer: Signer, origin = ORIGIN): Timed {
  const key = { keyid: signer.keyid, algorithm: 'ed25519', publicKey: signer.pem } as const;
  const fields = { origin, product: { name: 'resurgam', version: '0.1.0' }, ...key, timeZone: 'UTC' };
  return { now: '2026-10-30T15:00:00.000Z', entry: { type: 'genesis', actor: system, fields } };
}

export function schedule(now: string, period: readonly [string, string], days: readonly string[]): Timed {
  const [from, to] = period.map(day => `${day}T00:00:00.000Z`);
  const rule = { cron: '0 8 * * SUN', timeZone: 'UTC' };
  const about = { plan: PLAN, planDigest: HEX, kind: 'drill', from: from ?? '', to: to ?? '', rule } as const;
  return { now, entry: { type: 'schedule', actor: system, fields: { ...about, occurrences: days.map(occurrence), cancels: [] } } };
}

interface Drilled {
  readonly drill: string;
  readonly day: string;
  readonly hour: string;
  readonly verdict: 'passed' | 'failed';
  readonly attempt?: number;
  readonly retryOf?: string;
}

export function drilled({ drill, day, hour, verdict, attempt = 1, retryOf }: Drilled): readonly [Timed, Timed] {
  const about = { drill, occurrence: occurrence(day).id, trigger: 'schedule', attempt, retryOf: retryOf ?? null } as const;
  const record = sampleRecord({ ...about, plan: PLAN, verdict });
  const { planDigest, site, failureInstant, recoveryPoints } = record;
  const sandbox = { kind: 'namespace', cpus: 2, memoryBytes: 1024, diskBytes: 1024 };
  const objectives = { rtoMs: 14_400_000, rpoMs: 3_600_000 };
  const before = {
    ...about,
    plan: PLAN,
    planDigest,
    site,
    worker: 'worker-1',
    sandbox,
    failureInstant,
    recoveryPoints,
    objectives,
    probes: 3,
  };
  return [
    { now: `${day}T${hour}:00:03.000Z`, entry: { type: 'drill-started', actor: worker, fields: before } },
    { now: `${day}T${hour}:30:03.000Z`, entry: { type: 'drill-finished', actor: worker, fields: finishedEntry(record) } },
  ];
}

/** Passed, skipped, failed with a retry that passed, missed: one of each, and nothing hidden. */
export function honest(signer: Signer): readonly Timed[] {
  const approval = { reason: 'analyser upgrade', approvedBy: 'it-director', approvedAt: '2026-11-05T16:00:00.000Z' };
  const { lateAfter, dueAt, id } = occurrence('2026-11-22');
  const [first, second, third, fourth] = ['2026-11-01', '2026-11-08', '2026-11-15', '2026-11-22'] as const;
  return [
    genesis(signer),
    schedule('2026-10-30T15:06:00.000Z', ['2026-11-01', '2026-12-01'], [first, second, third, fourth]),
    ...drilled({ drill: 'd-0001', day: first, hour: '08', verdict: 'passed' }),
    {
      now: approval.approvedAt,
      entry: { type: 'drill-skipped', actor: person, fields: { occurrence: occurrence(second).id, ...approval } },
    },
    ...drilled({ drill: 'd-0002', day: third, hour: '08', verdict: 'failed' }),
    ...drilled({ drill: 'd-0003', day: third, hour: '10', verdict: 'passed', attempt: 2, retryOf: 'd-0002' }),
    {
      now: '2026-11-22T14:00:01.000Z',
      entry: { type: 'drill-missed', actor: worker, fields: { occurrence: id, dueAt, lateAfter, cause: 'unknown' } },
    },
    schedule('2026-11-28T10:00:00.000Z', ['2026-12-01', '2027-01-01'], ['2026-12-06']),
    heartbeat('2026-11-29T06:00:00.000Z'),
  ];
}

export function heartbeat(now: string): Timed {
  return { now, entry: { type: 'heartbeat', actor: worker, fields: { worker: 'worker-1', intervalMs: 21_600_000, openDrills: [] } } };
}

/** Seals entries behind one another, as the product does. */
export function sealAll(entries: readonly Timed[], signers: (type: EntryType, seq: number) => readonly Signer[]): readonly Buffer[] {
  let end: LedgerEnd = emptyLedger(ORIGIN, 'lakeside');
  return entries.map(({ now, entry }) => {
    const sealed = seal(entry, end, { signers: signers(entry.type, end.size), now });
    end = endAfter(sealed, end);
    return sealed.line;
  });
}
