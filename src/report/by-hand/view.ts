import type { BackupTool } from '../../backup/backup.ts';
import type { DrillRecord } from '../../evidence/record.ts';
import type { Client } from '../../plan/client.ts';
import type { Component, Plan } from '../../plan/plan.ts';

/** What a runbook in TypeScript says of itself, without its code. */
export interface HandScript {
  readonly steps: readonly { readonly when: 'before' | 'after'; readonly name: string; readonly byHand: string | null }[];
  /** What it starts, with words such as `{documents.files}` for what is known only then; `null`: nothing. */
  readonly start: Readonly<Record<string, unknown>> | null;
  /** Why it could not be read. */
  readonly unread: string | null;
}

/** Everything that the printed runbook of a plan is made of. */
export interface HandSource {
  readonly plan: Plan;
  readonly client: Client | undefined;
  /** In the order in which they are recovered. */
  readonly components: readonly Component[];
  readonly tools: ReadonlyMap<string, BackupTool>;
  readonly scripts: ReadonlyMap<string, HandScript>;
  /** Of the last accepted drill. */
  readonly record: DrillRecord | undefined;
  readonly madeAt: string;
  readonly timeZone: string;
  readonly version: string;
}

export interface Fact {
  readonly name: string;
  readonly value: string;
}

/** One thing to do. */
export interface HandStep {
  readonly name: string;
  readonly said: readonly string[];
  /** What is typed; `null`: nothing, or nobody has written it down. */
  readonly code: string | null;
  /** How long it took in the last accepted drill, in words; `null`: drills do not measure it. */
  readonly took: string | null;
}

export interface HandComponent {
  readonly id: string;
  readonly number: number;
  readonly name: string;
  readonly about: string;
  readonly steps: readonly HandStep[];
}

/** The printed runbook: plain own properties, for the template and for Markdown. */
export interface HandView {
  readonly title: string;
  readonly system: string;
  readonly client: string;
  readonly lead: string;
  readonly facts: readonly Fact[];
  readonly contacts: readonly { readonly name: string; readonly role: string; readonly phone: string; readonly email: string }[];
  readonly keys: readonly { readonly of: string; readonly what: string; readonly where: string }[];
  /** Names of Debian's packages that the commands need. */
  readonly packages: readonly string[];
  readonly prepare: string;
  readonly components: readonly HandComponent[];
  readonly questions: readonly HandStep[];
  /** What to do when people are let in. */
  readonly afterwards: readonly string[];
  readonly notTested: readonly string[];
  readonly foot: string;
}

/** What was not measured is said so, and never left out. */
export const NOT_MEASURED = 'not measured yet';
