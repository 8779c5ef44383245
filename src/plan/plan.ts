import type { z } from 'zod';
import type { Dependency } from './dependency.ts';
import type { DriftKeys, EscalationKeys } from './section-schema.ts';
import type { WorkflowArea } from './words.ts';

/** How a secret is named in a plan: where it is, never what it is. */
export type SecretReference = { readonly env: string } | { readonly file: string } | { readonly command: readonly string[] };

export interface Contract {
  readonly rtoMs: number;
  readonly rpoMs: number;
  /** From when the objective counts; decides which human allowances are added (measurement.md, section 4). */
  readonly rtoStarts: 'disruption' | 'detection' | 'declaration';
  /** Who promised it: `plan`, `client` or `default`. */
  readonly source: 'plan' | 'client' | 'default';
}

/** What the backup job promises. */
export interface BackupJob {
  readonly everyMs: number;
  readonly graceMs: number;
  /** Declared: how long one backup takes, and how long it then takes until the copy can be used. */
  readonly takesMs?: number | null;
  readonly arrivesMs?: number | null;
}

export interface BackupSection {
  readonly tool: string;
  readonly job: BackupJob | null;
  readonly size: { readonly atLeastBytes: number | null; readonly shrink: number | null; readonly grow: number | null };
  readonly copies: { readonly atLeast: number | null; readonly offSite: number | null; readonly locked: number | null };
  readonly encrypted: 'required' | 'optional';
  /** Where the store stands; absent: a folder at the site of the plan, any other store at none. */
  readonly site?: string;
  /** The tool's own keys, already validated by its schema (with its defaults). */
  readonly options: Readonly<Record<string, unknown>>;
}

export interface ServiceSection {
  readonly engine: string;
  readonly version: number | null;
  readonly options: Readonly<Record<string, unknown>>;
}

/** One question of the plan: which kind of probe, with its validated options. */
export interface ProbeSection {
  readonly kind: string;
  readonly name: string;
  readonly required: boolean;
  readonly options: Readonly<Record<string, unknown>>;
}

/** Steps that make a component run, as a script. */
export interface RunbookSection {
  /** As the plan writes it: looked for from the plan's folder upwards. */
  readonly path: string;
  readonly with: Readonly<Record<string, string | number | boolean>>;
  readonly secrets: Readonly<Record<string, SecretReference>>;
}

export interface Component {
  readonly name: string;
  readonly needs: readonly string[];
  readonly backup: BackupSection | null;
  readonly service: ServiceSection | null;
  readonly runbook: RunbookSection | null;
  /** `null`: all probes that the engine offers, with their defaults. */
  readonly probes: readonly ProbeSection[] | null;
  /** Its own part of the drill's limits; `null`: an equal part of what the others leave. */
  readonly limits: { readonly memoryBytes: number | null; readonly diskBytes: number | null } | null;
}

export interface Workflow {
  readonly name: string;
  readonly required: boolean;
  readonly withinMs: number | null;
  /** What of the work with the system it stands for; `null`: nothing of the catalogue. */
  readonly covers?: WorkflowArea | null;
  readonly kind: string;
  readonly component: string;
  readonly options: Readonly<Record<string, unknown>>;
}

interface CheckOf {
  readonly name: string;
  readonly required: boolean;
  /** The component whose rows are asked. */
  readonly of: string;
  /** By so much it may be newer than what it refers to when recovery points are chosen. */
  readonly lagMs: number;
}

/** What one component says must hold in another one. */
export type ConsistencyCheck =
  | (CheckOf & {
      readonly kind: 'references';
      readonly each: string;
      readonly existsIn: string;
      readonly as: string | null;
      readonly strip: string | null;
      readonly below: string | null;
      readonly digests: 'all' | number;
      readonly others: { readonly pattern: string | null; readonly atMost: number } | null;
    })
  | (CheckOf & {
      readonly kind: 'position';
      readonly highest: string;
      readonly notBeyond: { readonly component: string; readonly query: string };
    });

/** What a system needs of others: another system of the client (`component: null`: the whole of it), or something that no plan recovers. */
export type SystemNeed =
  { readonly plan: string; readonly component: string | null } | { readonly outside: string; readonly contact?: string | undefined };

/** What may happen to the system, and what must be possible then. */
export interface Scenario {
  readonly name: string;
  readonly event: string;
  readonly without: readonly Dependency[];
  /** Names of workflows. */
  readonly workflows: readonly string[];
}

/** Bytes, milliseconds and whole CPUs that a sandbox may use. `null`: decided from the machine before the drill starts. */
export interface LimitsSection {
  readonly timeMs: number;
  readonly diskBytes: number | null;
  readonly memoryBytes: number | null;
  readonly cpus: number | null;
  readonly processes: number;
  /** How many components are recovered side by side; `null`: one for each CPU. */
  readonly parallel: number | null;
}

export type Pick = 'latest' | 'oldest' | 'random' | { readonly at: string };

/** A plan as the rest of the product reads it: validated, every default filled in, durations in milliseconds. */
export interface Plan {
  readonly plan: string;
  readonly client: string;
  readonly system: {
    readonly name: string;
    readonly kind: string;
    readonly tier: number;
    readonly phi: boolean;
    readonly owner: string | null;
    readonly downtimeProcedure: string | null;
    readonly needs?: readonly SystemNeed[];
  };
  readonly contract: Contract;
  readonly allowance: { readonly detectMs: number; readonly decideMs: number };
  /** Declared ratio of production to sandbox speed. */
  readonly factor: number;
  readonly failureInstant: 'start' | 'random';
  readonly site: string;
  readonly components: readonly Component[];
  readonly workflows: readonly Workflow[];
  /** Areas of work that this system has not, and why. */
  readonly notApplicable?: Readonly<Partial<Record<WorkflowArea, string>>>;
  readonly scenarios?: readonly Scenario[];
  readonly schedule: {
    readonly backupCheck: string;
    readonly drill: {
      /** `null`: the drills have a cadence. */
      readonly cron: string | null;
      /** The longest time between two drills, which are spread over the windows; absent or `null`: the drills have a cron line. */
      readonly everyMs?: number | null;
      readonly pick: Pick;
      /** The plan declares a sampled drill: nothing about the RTO follows from it. */
      readonly sample: boolean;
      /** How many recovery points one drill proves, and how far moments of a log are apart (`null`: as far as fits); `null`: one point. */
      readonly sweep?: { readonly points: number; readonly everyMs: number | null } | null;
    };
    readonly timezone: string;
    readonly forbid: readonly string[];
  };
  readonly sandbox: {
    readonly kind: string;
    /** Pinned by its digest; `null`: over the programs of the machine. */
    readonly image: string | null;
    readonly acceptIsolation: readonly string[];
    readonly acceptReason: string | null;
  };
  readonly limits: LimitsSection;
  readonly evidence: { readonly controls: readonly string[]; readonly keepMs: number };
  /** Whether the components fit together. */
  readonly consistency?: readonly ConsistencyCheck[];
  /** The plan's own rules for escalations and drift; the client's hold where it is silent. */
  readonly escalation?: z.output<typeof EscalationKeys>;
  readonly drift?: z.output<typeof DriftKeys>;
  /** SHA-256 (hex) of the plan file's bytes: recorded with every drill. */
  readonly digest: string;
  /** Absolute path of the plan file, and its exact bytes. */
  readonly file: string;
  readonly bytes: Uint8Array;
}

/** Something wrong with a plan or client file, said so that a person at 2 a.m. can mend it. */
export interface Problem {
  readonly severity: 'error' | 'warning';
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Dotted path in the file, for example `components.database.backup.from`; empty for the file as a whole. */
  readonly path: string;
  /** Lower case, no full stop, without the path: what was expected, what was found. */
  readonly message: string;
  /** A sentence that begins with a verb. */
  readonly hint: string | null;
  /** The line of the file, without anything that may be a secret; absent where nothing of it may be shown. */
  readonly excerpt?: string;
}
