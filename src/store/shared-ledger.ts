import type { SubjectFile } from './subject-files.ts';

/** Where the shared ledger ends, and what stands in it at a place that the caller names. */
export interface SharedEnd {
  readonly size: number;
  /** Hex SHA-256 of the line at that place; undefined if there is none. */
  readonly digest: string | undefined;
}

/** What goes with lines, all or nothing. */
export interface SharedWith {
  readonly files: readonly SubjectFile[];
  /** Entries of the outbox that the lines are: they wait no longer. */
  readonly outbox: readonly number[];
}

/** `moved`: the ledger is longer by now. `taken`: another machine has said what waited. In both cases nothing was written. */
export type Appended = 'appended' | 'moved' | 'taken';

/** The key of a machine, as that machine told it. What it says is proved by `proof`, not by where it is kept. */
export interface MachineKeyRow {
  readonly keyid: string;
  readonly publicKey: string;
  /** Its name: for people, proves nothing. */
  readonly machine: string;
  /** Public Ed25519 key of the machine itself, PEM. */
  readonly identity: string;
  /** Public X25519 key of the machine, PEM: what is meant for it alone is encrypted with it. */
  readonly exchange: string;
  readonly proof: unknown;
  readonly askedAt: string;
  readonly admittedAt: string | null;
  /** The client's HMAC key, for this machine alone; `null` until it is admitted. */
  readonly secret: unknown;
}

/**
 * The ledger of one client where all machines find it. It is the truth; the files of a machine are its copy. Rejects with StoreError
 * `state-unreachable` when the server is gone.
 */
export interface SharedLedger {
  /** The end, and the line at `seq`. */
  end(seq: number): Promise<SharedEnd>;
  /** At most `most` lines from `seq` on. */
  lines(seq: number, most: number): Promise<readonly Buffer[]>;
  /** Puts lines behind the first `size`, with the files that they vouch for, in one transaction. */
  append(size: number, lines: readonly Buffer[], rest: SharedWith): Promise<Appended>;
  files(names: readonly string[]): Promise<readonly SubjectFile[]>;
  checkpoints(above: number): Promise<readonly { readonly size: number; readonly text: string }[]>;
  keepCheckpoint(size: number, text: string): Promise<void>;
  keys(): Promise<readonly MachineKeyRow[]>;
  /** Asks for a key to be admitted; once. */
  askFor(key: Omit<MachineKeyRow, 'askedAt' | 'admittedAt' | 'secret'>): Promise<void>;
  /** Says that the key stands in the ledger. `secret` is for its machine alone; `null`: that machine has it already. */
  admitted(keyid: string, secret: object | null): Promise<void>;
  facts(plan: string, drill: string): Promise<string | undefined>;
  keepFacts(plan: string, drill: string, kept: string): Promise<void>;
  /** Says once more that this machine is at the drill. */
  beat(drill: string, machine: string): Promise<void>;
  endBeat(drill: string): Promise<void>;
  /** How often each drill was heard of. */
  beats(): Promise<ReadonlyMap<string, number>>;
}
