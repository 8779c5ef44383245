import {
  traitsOf,
  type BackupTool,
  type Listing,
  type Progress,
  type RecoveryPoint,
  type Restored,
  type Staged,
} from '../backup/backup.ts';
import type { DrillRecord } from '../evidence/record.ts';
import { finding, type Finding, type FindingCode } from '../finding/finding.ts';
import type { Phase, PhaseName } from '../measurement/measurement.ts';
import type { Component, ProbeSection, Workflow } from '../plan/plan.ts';
import type { Facts } from '../probe/probe.ts';
import type { DestroyedSandbox, Limits, ReadySandbox } from '../sandbox/sandbox.ts';
import type { OpenedService, PreparedService, RunningService } from '../service/service.ts';
import { spanned } from '../tracing.ts';
import { couldNot } from './could-not.ts';
import type { LoadedScript } from './script.ts';
import type { SweptPoint } from './swept.ts';
import type { DrillRequest, DrillTools } from './tools.ts';

/** One component on its way through a drill. What is undefined did not come about; a finding says why. */
export interface ComponentRun {
  readonly component: Component;
  readonly tool: BackupTool | undefined;
  listing?: Listing;
  point?: RecoveryPoint;
  sandbox?: ReadySandbox;
  /** An empty server before a logical restore; what was opened over restored files after another one. */
  prepared?: PreparedService | OpenedService;
  /** Where a tool that restores files put them. */
  folder?: string;
  staged?: Staged;
  restored?: Restored;
  running?: RunningService;
  /** What is asked of it instead of all that the plan asks. */
  asked?: readonly ProbeSection[];
  destroyed?: DestroyedSandbox;
  /** What the last accepted drill saw of it, by probe kind. */
  baseline?: Readonly<Record<string, Facts>>;
  readonly facts: Record<string, Facts>;
  /** Its runbook, once it was read. */
  script?: LoadedScript;
  newest?: { readonly at: string | null; readonly everyMs: number | null };
  readonly secrets: string[];
  readonly toolLogs: { readonly name: string; readonly text: string }[];
}

/** A drill while it runs. Lists grow; nothing in them is ever taken back. */
export interface DrillRun {
  readonly id: string;
  readonly request: DrillRequest;
  readonly tools: DrillTools;
  readonly startedAt: string;
  readonly startMonoMs: number;
  readonly failureInstant: string;
  readonly seed: string | null;
  readonly limits: Limits;
  /** How many components are recovered side by side. */
  readonly parallel: number;
  /** Aborted by a person or by the time limit. */
  readonly stop: AbortSignal;
  readonly stoppedBy: () => FindingCode | undefined;
  readonly components: readonly ComponentRun[];
  readonly findings: Finding[];
  readonly phases: Phase[];
  readonly limitations: Set<string>;
  /** Steps of runbooks that were executed. */
  readonly steps: DrillRecord['steps'];
  readonly workflows: {
    readonly name: string;
    readonly outcome: Finding['outcome'];
    readonly latencyMs: number | null;
    readonly limitMs: number | null;
  }[];
  /** In a recovery, before each workflow: whether it is to be asked. What it says is durable when it resolves. */
  mayAsk?: (workflow: Workflow) => Promise<boolean>;
  /** Further recovery points that were proved. */
  readonly swept: SweptPoint[];
  /** When the questions were over, on the monotonic clock: what comes then lengthens no figure. */
  askedUntilMs?: number;
  usable?: { readonly at: string; readonly ms: number };
}

/** The engine that serves a component: the plan's, else that of its backup tool, else what its runbook starts; empty if there is none. */
export function engineOf({ component, tool }: Pick<ComponentRun, 'component' | 'tool'>): string {
  const other = component.runbook === null ? '' : 'command';
  return component.service?.engine ?? (tool === undefined ? other : traitsOf(tool, component.backup).engine);
}

/** Milliseconds since the clock start of this drill, on the monotonic clock. */
export function elapsedMs(run: DrillRun): number {
  return Math.round(run.tools.clock.monotonicMs() - run.startMonoMs);
}

export interface StepPlace {
  readonly component: string | null;
  readonly phase: PhaseName;
  /** The finding's code if the step cannot be done. */
  readonly broken: FindingCode;
}

/**
 * One timed step of a drill. What it throws becomes a finding, so that a drill that broke is signed like one that passed; after a stop
 * nothing new is begun.
 */
export async function step<T>(run: DrillRun, place: StepPlace, work: () => Promise<T>): Promise<T | undefined> {
  if (isStopped(run)) return undefined;
  const startMs = elapsedMs(run);
  run.tools.events.phaseStarted(place.component, place.phase);
  try {
    return await spanned(`resurgam.drill.${place.phase}`, { 'resurgam.component': place.component ?? '' }, work);
  } catch (error) {
    if (!isStopped(run)) run.findings.push(...couldNot(error, place, run.tools));
    return undefined;
  } finally {
    const durationMs = elapsedMs(run) - startMs;
    run.phases.push({ component: place.component, phase: place.phase, startMs, durationMs, attempts: 1 });
    run.tools.events.phaseEnded(place.component, place.phase, durationMs);
  }
}

/** Whether a person or the time limit has ended this drill. */
export function isStopped(run: DrillRun): boolean {
  return run.stop.aborted;
}

/** Adapters do not know their component's name in the plan; here it is written into what they found. */
export function note(run: DrillRun, component: string | null, found: readonly Finding[]): void {
  for (const one of found) run.findings.push(one.component === null && component !== null ? { ...one, component } : one);
}

/** Shows the bytes of the running phase to whoever watches. */
export function progressOf(run: DrillRun): (progress: Progress) => void {
  return progress => run.tools.events.progress(progress);
}

/** What was not asked because an earlier step did not succeed: skipped is never passed. */
export function notAsked(run: DrillRun, component: string | null, asked: { readonly probe: string; readonly required: boolean }): void {
  run.findings.push(finding('drill.not-asked', 'skipped', { component, ...asked }));
}
