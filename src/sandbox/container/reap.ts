import { reapCells } from '../cell/reap.ts';
import type { Reaped } from '../reap.ts';

/** A sandbox's podman keeps everything in the sandbox's folder, and its processes bear the drill's label: both go with the cell. */
export function reapContainers(scratch: string): Promise<readonly Reaped[]> {
  return reapCells(scratch, 'container');
}
