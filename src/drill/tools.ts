import type { BackupTool } from '../backup/backup.ts';
import type { DrillEvents } from '../drill-events.ts';
import type { DrillRecord } from '../evidence/record.ts';
import type { Dependant } from '../plan/dependants.ts';
import type { Dependency } from '../plan/dependency.ts';
import type { Plan, Scenario, SecretReference } from '../plan/plan.ts';
import type { Facts, ProbeKind } from '../probe/probe.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { ReadingProgram } from '../service/reading-program.ts';
import type { Service } from '../service/service.ts';
import type { FirstAttempt } from '../store/schedule-index.ts';
import type { Clock } from '../system/clock.ts';

/** Why and by whom a drill is executed. */
export interface DrillRequest {
  readonly plan: Plan;
  readonly trigger: DrillRecord['trigger'];
  readonly occurrence: string | null;
  readonly attempt: number;
  readonly retryOf: string | null;
  /** What the first attempt fixed and a retry keeps (measurement.md, section 3); absent for a first attempt. */
  readonly first?: FirstAttempt | null;
  /** A point that a search tries instead of the one that the plan's rule picks, and the moment of loss that all of its drills have in common. */
  readonly tried?: { readonly component: string; readonly point: string; readonly failureInstant: string } | null;
  /** What is denied to it, to see which steps need it. */
  readonly without?: readonly Dependency[];
  /** What is supposed to have happened; the plan is then the scenario's (`scenarioPlan`). */
  readonly scenario?: Scenario | null;
  /** Whose failed sign-ins are, by the name of a contact (`null`: the plan names nobody), and how severe (requirement SD-17). */
  readonly answers?: { readonly owner: string | null; readonly severity: string };
  /** Other systems of the client that are out of service with this one; looked for once a component failed. */
  readonly dependants?: () => Promise<readonly Dependant[]>;
  /** Who typed the command, if a person did. */
  readonly person: string | null;
  /** Aborted when a person stops the drill. */
  readonly stop: AbortSignal;
}

/** Everything that a drill touches, handed in: the flow itself has no effect of its own. */
export interface DrillTools {
  readonly clock: Clock;
  readonly backup: ReadonlyMap<string, BackupTool>;
  readonly sandbox: ReadonlyMap<string, Sandbox>;
  readonly service: ReadonlyMap<string, Service>;
  readonly probe: ReadonlyMap<string, ProbeKind>;
  readonly events: DrillEvents;
  readonly book: DrillBook;
  readonly worker: string;
  /** The script that runs in the first jail. */
  readonly fetching: { readonly file: string; readonly args: readonly string[] };
  /** Our own program that reads restored files in the second jail. */
  readonly reading: ReadingProgram;
  /** Our own program that executes the steps of a runbook in the second jail. */
  readonly stepping: ReadingProgram;
  readonly machine: Machine;
  /** Host folder for what may be kept between drills to save time; nothing of a backup. */
  readonly cache: string;
  secret(reference: SecretReference): Promise<string>;
  /** For a person at the terminal or a log: what went wrong, in words that are not evidence. */
  explain(message: string, hint: string | null): void;
}

export interface Machine {
  readonly memoryBytes: number;
  readonly cpus: number;
  /** Free bytes where sandboxes are made. */
  freeBytes(): Promise<number>;
}

/** What earlier drills of a plan left, and where this one writes. One per client. */
export interface DrillBook {
  /** Unique in the ledger. */
  newDrillId(now: string): string;
  pseudonym(text: string): string;
  /** Facts by component and probe kind of the last accepted drill of this plan. */
  baseline(
    plan: string,
  ): Promise<{ readonly drill: string; readonly facts: Readonly<Record<string, Readonly<Record<string, Facts>>>> } | undefined>;
  /** Sizes of the points that earlier drills of this component used, newest first. */
  sizes(plan: string, component: string): Promise<readonly number[]>;
  /** Durable when it resolves: nothing that could tell the outcome may happen before. */
  started(entry: DrillStarted, plan: Plan): Promise<void>;
  /** Record, facts, entry and checkpoint; durable when it resolves. */
  finished(record: DrillRecord, plan: Plan, facts: Readonly<Record<string, Readonly<Record<string, Facts>>>>): Promise<LedgerPosition>;
  /** Encrypted log of what a tool printed. */
  toolLog(drill: string, name: string, text: string): Promise<DrillRecord['toolLogs'][number]>;
}

export interface LedgerPosition {
  readonly seq: number;
  readonly size: number;
  readonly root: string;
}

/** The members of the `drill-started` entry (evidence.md, section 4). */
export type DrillStarted = Pick<
  DrillRecord,
  'drill' | 'plan' | 'planDigest' | 'occurrence' | 'trigger' | 'attempt' | 'retryOf' | 'site' | 'failureInstant' | 'population' | 'sample'
> & {
  readonly worker: string;
  readonly sandbox: { readonly kind: string; readonly cpus: number; readonly memoryBytes: number; readonly diskBytes: number };
  readonly recoveryPoints: DrillRecord['recoveryPoints'];
  readonly objectives: { readonly rtoMs: number; readonly rpoMs: number };
  readonly probes: number;
};
