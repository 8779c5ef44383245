import type { z } from 'zod';
import type { ToolVersion } from '../backup/backup.ts';
import type { Jail, ServerRequest, TargetServer } from '../backup/target.ts';
import type { Finding } from '../finding/finding.ts';
import type { ServiceSection } from '../plan/plan.ts';

/** An engine that can be started in a sandbox: `postgres`, later `mariadb`, `files`, … */
export interface Service {
  readonly engine: string;
  readonly options: z.ZodRawShape;
  /** For logical restores: an empty server of the right major version, ready to take data. Throws ServiceError. */
  prepare(request: PrepareRequest, stop: AbortSignal): Promise<PreparedService>;
}

export interface PrepareRequest {
  readonly jail: Jail;
  readonly section: ServiceSection | null;
  /** What the backup says it needs; `null` if it does not say. */
  readonly needs: ServerRequest | null;
  /** Host folder in which the engine may keep what makes its next start faster; no jail ever sees it. Absent: nothing is kept. */
  readonly cache?: string;
}

export interface PreparedService {
  readonly server: TargetServer;
  readonly tools: readonly ToolVersion[];
  /** Settings that matter for time and safety, as the server itself reports them. */
  readonly settings: Readonly<Record<string, string>>;
  /** After the restore: makes it ready to be asked. Ready means that an authenticated query returned a row. Bad news is a finding in `RunningService.findings`. */
  start(stop: AbortSignal): Promise<RunningService>;
  stop(): Promise<void>;
}

export interface RunningService {
  readonly engine: string;
  readonly major: number;
  readonly findings: readonly Finding[];
  /** `false`: nothing can be asked; probes are skipped. */
  readonly ready: boolean;
  /** One question in SQL, as superuser unless `role`; bounded in time; read-only transaction unless `write`. Rejects with ServiceError `query-failed` carrying only SQLSTATE. */
  sql(text: string, options?: SqlOptions): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Finding `service.up` / `service.died`: asked at the very end. */
  stillUp(): Promise<Finding>;
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
  constructor(
    code: ServiceErrorCode,
    message: string,
    rest: { readonly hint: string; readonly sqlState?: string | null; readonly cause?: unknown },
  ) {
    super(message, { cause: rest.cause });
    this.code = code;
    this.hint = rest.hint;
    this.sqlState = rest.sqlState ?? null;
  }
}
