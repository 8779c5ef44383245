import type { z } from 'zod';
import type { ReportProgress, Restored, Staged, ToolVersion } from '../backup/backup.ts';
import type { Jail, ServerRequest, TargetServer } from '../backup/target.ts';
import type { Finding } from '../finding/finding.ts';
import type { Component, SecretReference, ServiceSection } from '../plan/plan.ts';
import type { Remark } from '../plan/remark.ts';
import type { LdifPiece } from '../system/ldif.ts';
import type { InPlaceRequest } from './in-place.ts';
import type { HandedOver, NewPlace } from './new-place.ts';
import type { ReadingProgram } from './reading-program.ts';

/** An engine that can be started in a sandbox: `postgres`, `files`, … */
export interface Service {
  readonly engine: string;
  readonly options: z.ZodRawShape;
  /** It also runs without files of its own, over those and the servers of the components that it needs. */
  readonly withoutBackup?: boolean;
  /** What is wrong with a component's `service:` beyond the shape of its keys. */
  remarks?(component: Component): readonly Remark[];
  /** For logical restores: an empty server of the right major version, ready to take data. Throws ServiceError. */
  prepare?(request: PrepareRequest, stop: AbortSignal): Promise<PreparedService>;
  /** For tools that restore files: takes them as they are; `start` then makes them a thing to ask. Throws ServiceError. */
  open?(request: OpenRequest, stop: AbortSignal): Promise<OpenedService>;
  /** Asks what was recovered for real and is used now: starts nothing, changes nothing. Absent: it cannot be asked there. Throws ServiceError. */
  inPlace?(request: InPlaceRequest): Promise<RunningService>;
}

/** Files that a backup tool has restored, and what it said of them. All of it is untrusted. */
export interface OpenRequest extends PrepareRequest {
  /** Host path of the folder that the tool filled, in the jail's place. */
  readonly folder: string;
  readonly restored: Restored;
  /** The component has no backup of its own: its folder is empty. */
  readonly withoutBackup?: boolean;
  /** What was fetched, still read-only: a log that is replayed from there, for example. */
  readonly staged: Staged;
  /** Our own program that reads files inside the jail. */
  readonly reading: ReadingProgram;
  /** They are wanted again as they are now, once this service was asked: `OpenedService.walk` goes over them from moment to moment. */
  readonly keep?: boolean;
  /** Services of the components that this one needs and that run already, by their names. */
  readonly needed?: ReadonlyMap<string, RunningService>;
  /** What is kept at the place that the plan names; for a program of the second jail, and never in an argument. */
  readonly secret?: (reference: SecretReference) => Promise<string>;
  progress: ReportProgress;
  /** Encrypted per-drill log of what programs printed. */
  toolLog(name: string, text: string): void;
}

export interface PrepareRequest {
  readonly jail: Jail;
  readonly section: ServiceSection | null;
  /** What the backup says it needs; `null` if it does not say. */
  readonly needs: ServerRequest | null;
  /** Into which a dump is restored that names none; without it, a name that says so. */
  readonly database?: string;
  /** Host folder in which the engine may keep what makes its next start faster; no jail ever sees it. Absent: nothing is kept. */
  readonly cache?: string;
}

/** What a tool restored into a server, for whatever is still to be done over it. All of it is untrusted. */
export type CameBack = Pick<OpenRequest, 'restored' | 'staged' | 'toolLog'>;

/** A service that is about to run. */
export interface OpenedService {
  readonly engine: string;
  /** Major version; 0 if the engine has none. */
  readonly major: number;
  readonly tools: readonly ToolVersion[];
  /** Settings that matter for time and safety, as the server itself reports them. */
  readonly settings: Readonly<Record<string, string>>;
  /**
   * After the restore: makes it ready to be asked. Ready means that an authenticated query returned a row. Bad news is a finding in
   * `RunningService.findings`. `came`: what a tool restored into a server that was prepared for it.
   */
  start(stop: AbortSignal, came?: CameBack): Promise<RunningService>;
  stop(): Promise<void>;
  /**
   * In a recovery for real: ends what runs in order, and takes out of its files what only the sandbox had, so that they can be put into another
   * place and be started there. After it there is nothing to ask. Absent: the files are as they were restored. Throws ServiceError.
   */
  handOver?(to: NewPlace, stop: AbortSignal): Promise<HandedOver>;
  /** Where files were kept. Ends what runs over the restored ones, which are gone then. Once only. Throws ServiceError. */
  readonly walk?: (stop: AbortSignal) => Promise<Walk>;
}

/** A way over kept files and their log, forward only. */
export interface Walk {
  /** What the copies are: they share blocks with the kept files, or have their own. */
  readonly copies: 'cloned' | 'copied';
  /** How long it took to put the files aside, within the time of the start. */
  readonly keptMs: number;
  /**
   * A service over a copy at this moment, later than any before. What ran at the moment before must have been stopped. While it is asked, the way to
   * the `next` moment is made.
   */
  at(moment: string, next?: string): OpenedService;
}

/** One that waits, empty, for a logical restore. */
export interface PreparedService extends OpenedService {
  readonly server: TargetServer;
}

export interface RunningService {
  readonly engine: string;
  readonly major: number;
  readonly findings: readonly Finding[];
  /** `false`: nothing can be asked; probes are skipped. */
  readonly ready: boolean;
  /** One question in SQL, as superuser unless `role`; bounded in time; read-only transaction unless `write`. Rejects with ServiceError `query-failed` carrying only SQLSTATE. */
  sql(text: string, options?: SqlOptions): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** For engines over a tree of files: our own readers, which run in the jail beside them. */
  readonly files?: RestoredFiles;
  /** For directories: programs in the jail ask it over its socket. */
  readonly directory?: RestoredDirectory;
  /** For engines that speak HTTP in their jail. */
  readonly http?: RestoredHttp;
  /** For servers on a Unix socket: lets a component that needs this one use it too. */
  readonly share?: (stop: AbortSignal) => Promise<SharedSocket>;
  /** For trees of files that a component which needs this one may read. */
  readonly tree?: SharedTree;
  /** For archives of images. */
  readonly images?: RestoredImages;
  /** Parts of it, in the engine's own words, that are byte for byte the same as in the service that the drill asked first. Absent: none is known. */
  readonly unaltered?: ReadonlySet<string>;
  /** Finding `service.up` / `service.died`: asked at the very end. */
  stillUp(): Promise<Finding>;
}

/** A restored tree, as probes see it: never with our own hands, because what lies there is hostile. */
export interface RestoredFiles {
  /**
   * Lets the reader of this kind of probe (`ProbeKind.read`) look at the tree, inside the jail. `take` gets what it says, one value after the
   * other; whoever takes them checks their shape. Rejects with ServiceError when the reader did not come to its end.
   */
  read(
    question: { readonly kind: string; readonly options: Readonly<Record<string, unknown>> },
    take: (value: unknown) => void,
    stop: AbortSignal,
  ): Promise<void>;
}

/** A question in LDAP. */
export interface DirectoryQuery {
  readonly base: string;
  readonly scope: 'base' | 'one' | 'sub';
  readonly filter: string;
  /** `1.1`: none. */
  readonly attributes: readonly string[];
  /** Only subentries (RFC 3672), which no other question shows. */
  readonly subentries?: boolean;
  readonly timeLimitMs?: number;
}

/** What came of it: the result code of LDAP (RFC 4511); `null`: there was no answer. */
export interface DirectoryAnswer {
  readonly code: number | null;
  readonly latencyMs: number;
}

/** A restored directory, as probes see it. */
export interface RestoredDirectory {
  /** Name of its topmost entry. */
  readonly suffix: string;
  /** Hands over what is found, one piece of LDIF after the other. Rejects with ServiceError `stopped` alone. */
  search(query: DirectoryQuery, take: (piece: LdifPiece) => void, stop: AbortSignal): Promise<DirectoryAnswer>;
  /** As an account of the directory itself, under its own access rules. */
  signIn(account: { readonly name: string; readonly password: string }, stop: AbortSignal): Promise<DirectoryAnswer>;
}

/** A server that another component of the same drill uses. */
export interface SharedSocket {
  /** Host folder, to be mounted read-only. */
  readonly folder: string;
  /** Its socket in that folder. */
  readonly name: string;
  /** Whether clients are told the folder (PostgreSQL) or the socket itself. */
  readonly saidAs: 'folder' | 'socket';
  /** At which its clients expect it; `null`: at none. */
  readonly port: number | null;
  readonly user: string;
  readonly database: string;
}

/** Restored files that another component of the same drill reads. */
export interface SharedTree {
  /** Host folder, to be mounted read-only. */
  readonly folder: string;
  /** All of it as a tar, packed in its own jail: for a reader whose user may not read it where it lies. */
  pack(take: (chunk: Buffer) => Promise<void>, stop: AbortSignal): Promise<void>;
}

export interface HttpRequest {
  /** Default GET. */
  readonly method?: 'GET' | 'POST';
  readonly path: string;
  /** Sent with a POST, as this type. */
  readonly body?: string | undefined;
  readonly type?: string | undefined;
  readonly timeLimitMs?: number;
}

export interface HttpAnswer {
  /** `null`: none came to its end. */
  readonly status: number | null;
  /** Its beginning, if it is very long: then `cut`. */
  readonly body: Buffer;
  readonly cut: boolean;
  readonly timedOut: boolean;
  readonly latencyMs: number;
}

/** A restored application that speaks HTTP, inside its jail. */
export interface RestoredHttp {
  ask(asked: HttpRequest, stop: AbortSignal): Promise<HttpAnswer>;
}

/** One study as a workstation finds it. */
export interface FoundStudy {
  readonly uid: string;
  /** How many images the archive says that it has. */
  readonly images: number | null;
}

/** A restored archive of images (PACS), asked as a workstation asks it, and by its own index. Rejects with ServiceError alone. */
export interface RestoredImages {
  /** C-ECHO. `null`: no answer. */
  echo(stop: AbortSignal): Promise<number | null>;
  /** C-FIND of all studies. */
  studies(stop: AbortSignal): Promise<{ readonly studies: readonly FoundStudy[]; readonly latencyMs: number }>;
  /** C-GET of one study: how many images came. */
  retrieve(uid: string, stop: AbortSignal): Promise<{ readonly received: number; readonly latencyMs: number }>;
  /** Every image that the index knows. */
  list(stop: AbortSignal): Promise<readonly string[]>;
  /** Whether the file of an image is there with the digest that the index has. */
  verify(image: string, stop: AbortSignal): Promise<'whole' | 'missing' | 'altered' | 'untold'>;
  /** Whether its stored bytes can be read and made a picture of. `none`: it holds no picture. */
  decode(image: string, stop: AbortSignal): Promise<'picture' | 'none' | 'damaged' | 'untold'>;
}

/** `sql` of an engine that speaks none. */
export function speaksNoSql(engine: string): RunningService['sql'] {
  return () => Promise.reject(new ServiceError('query-failed', `${engine} cannot be asked in SQL`, { hint: 'Ask it with other probes.' }));
}

export interface SqlOptions {
  readonly values?: readonly unknown[];
  readonly timeLimitMs?: number;
  readonly write?: boolean;
  readonly stop?: AbortSignal;
  /** At most so many rows are taken (default 100,000): the server is untrusted. */
  readonly rows?: number;
  /** Server settings for this question only (as by `set local`), in force before it is planned, e.g. `{ search_path: 'pg_catalog' }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Gets the types of the answer's columns, for engines in whose SQL nobody can ask for them. */
  readonly types?: (types: readonly string[]) => void;
}

export type ServiceErrorCode =
  | 'version-unavailable'
  | 'library-missing'
  | 'start-failed'
  | 'query-failed'
  | 'query-timeout'
  | 'died'
  | 'disk-full'
  | 'out-of-memory'
  | 'stopped';

/** "Could not run the service." Carries an SQLSTATE, never the server's message: that may quote rows. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly code: ServiceErrorCode;
  readonly hint: string;
  readonly sqlState: string | null;
  /** The engine's own number of the error, for engines whose SQLSTATEs say little. */
  readonly number: number | null;
  constructor(
    code: ServiceErrorCode,
    message: string,
    rest: { readonly hint: string; readonly sqlState?: string | null; readonly number?: number | null; readonly cause?: unknown },
  ) {
    super(message, { cause: rest.cause });
    this.code = code;
    this.hint = rest.hint;
    this.sqlState = rest.sqlState ?? null;
    this.number = rest.number ?? null;
  }
}
