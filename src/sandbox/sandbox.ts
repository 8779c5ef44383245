import type { Jail } from '../backup/target.ts';
import type { Finding } from '../finding/finding.ts';

/** Whole numbers, decided before the drill starts and recorded with it. */
export interface Limits {
  readonly memoryBytes: number;
  readonly diskBytes: number;
  readonly processes: number;
  readonly cpus: number;
  readonly timeMs: number;
}

/** What a sandbox must be made for. */
export interface SandboxRequest {
  /** The drill's id: the label on everything, and what the reaper looks for. */
  readonly drill: string;
  readonly limits: Limits;
  /** Expected size of the restored system plus staging: refused early if the disk has less. */
  readonly expectedBytes: number;
  /** Isolation weaknesses that the plan accepts by name (for example `same-user`). */
  readonly accept: readonly string[];
  /** Digest-pinned image over which programs run; undefined or `null`: this machine's own programs. Only containers take one. */
  readonly image?: string | null;
}

/** One kind of sandbox: `namespace` (bubblewrap), `container` (podman or docker). */
export interface Sandbox {
  readonly kind: string;
  /** Resolves once isolation was proved by trying. Leaves nothing behind when it rejects. Throws SandboxError. */
  provision(request: SandboxRequest, stop: AbortSignal): Promise<ReadySandbox>;
  /** Undefined if this machine can make such a sandbox; else why not and what to do. */
  unavailable(): Promise<SandboxError | undefined>;
}

export interface ReadySandbox extends AsyncDisposable {
  readonly label: string;
  /** The second jail: restoring and running. */
  readonly jail: Jail;
  /** Host folder into which the first jail may write, and the only one. */
  readonly staging: string;
  /** What was tried to get out, and what came of it. */
  readonly findings: readonly Finding[];
  readonly isolation: 'proved' | 'accepted';
  /** Programs tried to reach a network so often (counted where it can be seen). */
  networkAttempts(): number;
  /** First jail: the fetching process. Network and credentials, writes only into `staging`. Node script, request on standard input, NDJSON answers. */
  fetchJail(
    command: FetchCommand,
    stop: AbortSignal,
  ): Promise<{ readonly exitCode: number | undefined; readonly stderr: string; readonly timedOut: boolean }>;
  destroy(): Promise<DestroyedSandbox>;
}

export interface FetchCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: string;
  /** Paths of the store that it must see (a backup folder), read-only. The rest of the host is hidden but for /usr, /etc/ssl, resolver files and our program. */
  readonly visible: readonly string[];
  readonly network: boolean;
  onLine(line: string): void;
  readonly timeLimitMs: number;
}

/** Checked, not assumed: what is left after destruction. */
export interface DestroyedSandbox {
  readonly at: string;
  readonly verified: boolean;
  readonly processes: number;
  readonly mounts: number;
  readonly bytes: number;
}

export type SandboxErrorCode =
  | 'tool-missing'
  | 'namespaces-forbidden'
  | 'disk-too-small'
  | 'memory-too-small'
  | 'isolation-not-proved'
  | 'home-unwritable'
  | 'stopped'
  | 'broke';

/** "Could not make a sandbox." */
export class SandboxError extends Error {
  override readonly name = 'SandboxError';
  readonly code: SandboxErrorCode;
  readonly hint: string;
  readonly findings: readonly Finding[];
  constructor(
    code: SandboxErrorCode,
    message: string,
    rest: { readonly hint: string; readonly cause?: unknown; readonly findings?: readonly Finding[] },
  ) {
    super(message, { cause: rest.cause });
    this.code = code;
    this.hint = rest.hint;
    this.findings = rest.findings ?? [];
  }
}
