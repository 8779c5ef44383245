/** How a program ended. Success and failure have one shape; each adapter reads exit codes by its own table. */
export interface ToolResult {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly timedOut: boolean;
  /** The caller's stop signal ended it. */
  readonly stopped: boolean;
  readonly durationMs: number;
  /** Captured output, bounded; empty when it went elsewhere. */
  readonly stdout: string;
  readonly stderr: string;
  /** Bytes that were printed but not kept. */
  readonly droppedBytes: number;
}
