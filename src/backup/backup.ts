import type { z } from 'zod';
import type { Finding } from '../finding/finding.ts';
import type { BackupSection, SecretReference } from '../plan/plan.ts';
import type { ProgramNeed } from '../system/program.ts';
import type { ByHand, HandPlace } from './by-hand.ts';
import type { RestoreTarget, ServerRequest } from './target.ts';

/** One thing in a backup store that can be restored. */
export interface RecoveryPoint {
  /** Made of the tool, `consistentAt` and an HMAC: file and object names often carry patients' names. */
  readonly id: string;
  readonly tool: string;
  readonly kind: 'dump' | 'full' | 'incremental' | 'pitr' | 'snapshot' | 'files';
  /** The data are as of this moment (ISO, UTC, ms). `null`: the backup does not say. */
  readonly consistentAt: string | null;
  /** How we know `consistentAt`: said by the backup itself (`derived`), by a name or a plan (`declared`); `not-tested` if unknown. */
  readonly consistentBasis: 'derived' | 'declared' | 'not-tested';
  /** From this moment it could have been used: finished and in place. */
  readonly availableAt: string;
  /** Every moment from this one to `consistentAt` can be recovered from the same bytes: the log between them is one of them. Absent: none can. */
  readonly momentsFrom?: string;
  readonly bytes: number;
  /** Hex, once the bytes were read (after fetch); before that what the store or a manifest says, else `null`. */
  readonly sha256: string | null;
  readonly encrypted: boolean;
  /** From the plan: folder, bucket or host. Never a file name. */
  readonly location: string;
  readonly lockedUntil: string | null;
  /** The service that it needs, as the backup itself says it. */
  readonly needs: ServerRequest | null;
  /** The adapter's own notes for `fetch` and `restore`: JSON, may hold file names, therefore never recorded or printed. */
  readonly handle: Readonly<Record<string, unknown>>;
}

/** What a look at the store gave: the points (newest `consistentAt` first) and what was noticed beside the way. */
export interface Listing {
  readonly points: readonly RecoveryPoint[];
  /** For example a partial file newer than the newest point. */
  readonly findings: readonly Finding[];
  /** How many things were looked at: the denominator. */
  readonly looked: number;
}

/** Bytes of one recovery point, in the drill's staging folder. */
export interface Staged {
  /** Absolute folder on the host; read-only in the second jail. */
  readonly folder: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Cheap checks before the dear ones: outcome of magic, trailer, table of contents, digests. */
  readonly findings: readonly Finding[];
  readonly handle: Readonly<Record<string, unknown>>;
}

/** How a restore ended. Bad bytes are an answer: a finding with outcome failed. */
export interface Restored {
  readonly findings: readonly Finding[];
  readonly tools: readonly ToolVersion[];
  /** Whether the data are there to be asked, even if some finding failed. */
  readonly usable: boolean;
  /** What the backup says of itself (row counts by table, extensions, …): compared with what came back. */
  readonly says: Readonly<Record<string, unknown>>;
  /**
   * For tools that restore files: what the service over them must know to start (where they lie, how far a log is to be replayed). A contract
   * between tools and services of one engine: its shape is in a root file of this stage, and the service checks it.
   */
  readonly layout?: Readonly<Record<string, unknown>>;
}

/** What a further look into a store gave. */
export interface PartRead {
  readonly findings: readonly Finding[];
  /** Kept if the drill is accepted; the next call gets them: which parts were read, and when. No names. */
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface ToolVersion {
  readonly name: string;
  readonly version: string;
}

export interface Progress {
  readonly phase: string;
  readonly doneBytes: number;
  readonly totalBytes: number | null;
  readonly note?: string;
}
export type ReportProgress = (progress: Progress) => void;

/** Differences between tools are data, each with its default and its consequence. */
export interface BackupTraits {
  /** Any moment between two points can be recovered. Default false: recovery lands on a point, and RPO counts from it. */
  readonly reachesMoments?: boolean;
  /** Free disk that the restored system needs, as a multiple of the stored size. Too low: the drill dies late instead of being refused early. */
  readonly spaceFactor: number;
  /** `server`: an empty running server must be there before `restore` (logical dumps). `files`: restore makes files, then the service starts. */
  readonly restoresInto: 'server' | 'files';
  /** Default engine of the service. */
  readonly engine: string;
}

/** What every adapter call gets: secrets are already resolved, names are turned into HMACs by `pseudonym`. */
export interface StoreAccess {
  readonly section: BackupSection;
  /** Environment for tools and SDKs, with the credentials of this store. */
  readonly env: Readonly<Record<string, string>>;
  /** HMAC-SHA-256 under the client's key (hex): the same name gives the same token, and nobody can guess back. */
  pseudonym(text: string): string;
  /** The wall clock, ISO. */
  now(): string;
}

/** An adapter of one backup tool. */
export interface BackupTool {
  readonly name: string;
  /** One line for `init`, docs and `doctor`. */
  readonly summary: string;
  readonly traits: BackupTraits;
  /** Where the plan's own keys decide them. Pure; `traits` are the defaults. */
  traitsFor?(section: BackupSection): BackupTraits;
  /** Programs of this machine without which it can do nothing: `doctor` looks for them, and who needs one says so when it is missing. */
  readonly programs?: readonly ProgramNeed[];
  /** Variables from which `recognise` may take a secret: there is no plan yet that says where it is kept. */
  readonly environment?: readonly string[];
  /** Its own keys of a plan's `backup:` block (a `z.strictObject` shape). */
  readonly options: z.ZodRawShape;
  /** What looking and fetching must reach: folders of this host, the network, and which environment variables carry which secret. Pure. */
  reach(section: BackupSection): Reach;
  /** Every recovery point, newest `consistentAt` first. Reads only, may be repeated. None is an answer. Throws BackupError `store-unreadable` … when the store could not be looked at. */
  list(store: StoreAccess, stop: AbortSignal): Promise<Listing>;
  /**
   * Cheap checks of one listed point where it is stored, without fetching it: is it whole, by its own marks? Reads a few megabytes at most,
   * more only where something is suspect already. Bad bytes are an answer (`failed`); what cannot be told without a restore is no more than a
   * note (`skipped`). Reads only, may be repeated. Throws BackupError when it could not look. A tool without it leaves this to the drill.
   */
  inspect?(point: RecoveryPoint, store: StoreAccess, stop: AbortSignal): Promise<readonly Finding[]>;
  /** First jail: network and credentials, writes only into `staging`. May be repeated; it resumes. Runs in a process of its own. */
  fetch(point: RecoveryPoint, at: FetchPlace, stop: AbortSignal): Promise<Staged>;
  /**
   * First jail again, when the restored system has been questioned: reads the next part of all that the store holds, so that whatever was
   * not needed for this point is read too within a fixed number of drills. No part of the recovery time. Bad bytes are an answer.
   */
  readPart?(point: RecoveryPoint, at: ReadPlace, stop: AbortSignal): Promise<PartRead>;
  /** Second jail: neither of them; the target is empty. Not repeatable. Bad bytes are an answer, no BackupError. */
  restore(staged: Staged, target: RestoreTarget, stop: AbortSignal): Promise<Restored>;
  /** What `init` asks: does this place hold what this tool makes? A plan's `backup:` block as YAML-ready object, with comments, or undefined. */
  recognise(place: string, store: StoreAccess, stop: AbortSignal): Promise<Recognised | undefined>;
  /** What a person would type instead of `fetch` and `restore`, for the printed runbook. Pure; holds no secret. */
  byHand(section: BackupSection, at: HandPlace): ByHand;
}

/** The traits of a tool as one plan uses it. */
export function traitsOf(tool: BackupTool, section: BackupSection | null): BackupTraits {
  return section === null ? tool.traits : (tool.traitsFor?.(section) ?? tool.traits);
}

/** What the first jail is allowed to see, decided from the plan alone. */
export interface Reach {
  readonly paths: readonly string[];
  readonly network: boolean;
  /** Environment variable → where its value is kept, e.g. `AWS_SECRET_ACCESS_KEY`. */
  readonly secrets: Readonly<Record<string, SecretReference>>;
}

export interface FetchPlace {
  readonly store: StoreAccess;
  /** Absolute path of the empty (or half-filled) staging folder. */
  readonly staging: string;
  progress: ReportProgress;
}

export interface ReadPlace extends FetchPlace {
  /** `PartRead.facts` of the last accepted drill; undefined if there is none. */
  readonly before: Readonly<Record<string, unknown>> | undefined;
}

/** What `init` learned of a place. */
export interface Recognised {
  readonly backup: Readonly<Record<string, unknown>>;
  /** One per remark, written as YAML comments above the block. */
  readonly remarks: readonly string[];
  /** Suggested component name. */
  readonly component: string;
}

export type BackupErrorCode =
  | 'store-missing'
  | 'store-unreadable'
  | 'credentials-refused'
  | 'object-gone'
  | 'bytes-changed'
  | 'staging-full'
  | 'network'
  | 'tool-missing'
  | 'stopped'
  | 'tool-failed';

/** "Could not": nothing is said about the backup. The drill becomes inconclusive (or failed where the code says that the backup is known to be absent). */
export class BackupError extends Error {
  override readonly name = 'BackupError';
  readonly code: BackupErrorCode;
  readonly hint: string;
  constructor(code: BackupErrorCode, message: string, rest: { readonly hint: string; readonly cause?: unknown }) {
    super(message, { cause: rest.cause });
    this.code = code;
    this.hint = rest.hint;
  }
}
