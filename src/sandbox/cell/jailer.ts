import type { RunningTool, ToolResult } from '../../system/process.ts';
import type { SandboxError } from '../sandbox.ts';
import type { Cell, CellOrder } from './cell.ts';

/** What one kind of sandbox adds to a cell: how a program is put behind its walls. */
export interface Jailer {
  readonly kind: string;
  /** Where the group is that binds all programs together: below our own, or at the top, where a container engine looks for it. */
  readonly groups: 'below' | 'top';
  /** Makes what all jails of this cell need, in its folder. */
  ready(cell: Cell): Promise<void>;
  start(cell: Cell, order: CellOrder, stop: AbortSignal): Promise<JailedTool>;
  /** Undefined if this machine can make such jails. */
  unavailable(): Promise<SandboxError | undefined>;
  /** Whether a second jail has something of its own at this path, where this machine has something else. */
  shows(path: string): boolean;
}

export interface JailedTool extends RunningTool {
  /** The first process in the jail, by its number on this machine; undefined before it is there. */
  inner(): Promise<number | undefined>;
  /** Why the jail could not be made, if it could not: then nothing was said by the program. */
  couldNot(result: ToolResult): SandboxError | undefined;
}
