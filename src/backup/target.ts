import type { Readable } from 'node:stream';
import type { ToolResult } from '../system/process.ts';
import type { ReportProgress } from './backup.ts';

/** A host path made visible inside the jail at a fixed place. Read-only unless `write`. */
export interface Mount {
  readonly from: string;
  readonly at: string;
  readonly write?: boolean;
}

/** One program to run in the second jail: no network, no credentials, nothing of the host but /usr and what is mounted. */
export interface JailCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly mounts?: readonly Mount[];
  /** Bytes for standard input; without it: an empty one. */
  readonly stdin?: Readable;
  /** Capture (bounded, default), write to a host file, or hand over each chunk as it comes. */
  readonly stdout?: 'capture' | { readonly file: string } | ((chunk: Buffer) => void | Promise<void>);
  /** The same for standard error; default capture, of which the last part is kept. */
  readonly stderr?: 'capture' | { readonly file: string } | ((chunk: Buffer) => void);
  readonly timeLimitMs?: number;
  /** Its programs speak to each other on 127.0.0.1: such connections are no attempt to reach a network. */
  readonly ownPorts?: boolean;
  /** It may read whatever it is shown, whoever owns it, and still write nothing of others. */
  readonly readsEverything?: boolean;
}

/** A program that goes on running in the jail (a server). */
export interface JailProcess {
  /** Pid of the outermost process on the host. */
  readonly pid: number;
  /** Resolves when it has ended, however that was. */
  readonly ended: Promise<ToolResult>;
  /** SIGTERM-like request to the program itself, e.g. `SIGINT` for a fast stop of PostgreSQL; then, after `graceMs`, the jail is killed. */
  stop(signal: NodeJS.Signals, graceMs: number): Promise<ToolResult>;
}

/** Why the sandbox stopped a program: a limit that bit. */
export type LimitHit = 'memory' | 'disk' | 'processes' | 'time';

/** The second jail, as a tool or a service sees it. */
export interface Jail {
  /** Host folder for this sandbox's own writable folders (data, socket). Inside it everything counts against the disk limit. */
  readonly folder: string;
  run(command: JailCommand, stop: AbortSignal): Promise<ToolResult>;
  spawn(command: JailCommand): Promise<JailProcess>;
  /** Makes a folder below `folder` that the jail's user may write. Returns its host path. */
  makeFolder(name: string): Promise<string>;
  /** Hands an existing host file or folder below `folder` to the jail's user. */
  own(path: string): Promise<void>;
  /** The limit that was hit so far, if one was. */
  limitHit(): LimitHit | undefined;
  readonly limits: { readonly memoryBytes: number; readonly diskBytes: number; readonly processes: number; readonly cpus: number };
}

/** Which server a recovery point needs, as the backup says it. */
export interface ServerRequest {
  readonly engine: string;
  /** Major version of the server that the data came from. */
  readonly major: number;
  /** For the engine: encoding, locale provider, … as the backup says it. */
  readonly settings: Readonly<Record<string, string>>;
}

/** What the server refused, from its own log: message texts quote rows, so there are none. */
export interface RefusedStatement {
  readonly sqlState: string;
  readonly severity: 'ERROR' | 'FATAL' | 'PANIC';
  readonly backend: number;
  /** Its beginning, for our rules and the names in it; empty if there was none. Holds literals: never recorded. */
  readonly statement: string;
}

/** An empty server that waits for data, in the jail. */
export interface TargetServer {
  readonly engine: string;
  readonly major: number;
  /** How clients in the jail reach it: mounts that they need and the environment (PGHOST, PGPORT, PGUSER, PGDATABASE). */
  readonly clientMounts: readonly Mount[];
  readonly clientEnv: Readonly<Record<string, string>>;
  /** Host folder of client binaries to mount, and where they are in the jail, newest that can read the most. */
  readonly clients: readonly {
    readonly major: number;
    readonly mounts: readonly Mount[];
    readonly bin: string;
    readonly version: string;
  }[];
  /** Ask the server as its superuser, from outside through the socket. Text or numbers only. */
  sql(text: string, values?: readonly unknown[]): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** The database into which to restore. It is there, empty, as the backup says it was made; `sql` asks it. */
  readonly database: string;
  /** Every statement refused so far, but for those of `sql`. Complete when it resolves; `more` were not kept. */
  refused(): Promise<{ readonly statements: readonly RefusedStatement[]; readonly more: number }>;
  /** The server still runs. */
  alive(): boolean;
}

/** Where a backup tool restores to. A sandbox provides the jail, a service the server. */
export interface RestoreTarget {
  readonly jail: Jail;
  /** Undefined for tools that restore files. */
  readonly server: TargetServer | undefined;
  /** For file restores: host path, `jail.makeFolder`-made. */
  readonly folder: string | undefined;
  readonly parallel: number;
  /** Tokens for names that must not be recorded. */
  pseudonym(text: string): string;
  /** Encrypted per-drill log of what the tools printed; only its HMAC and size are evidence. */
  toolLog(name: string, text: string): void;
  progress: ReportProgress;
}
