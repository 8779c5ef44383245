import { reapCells } from '../cell/reap.ts';
import type { Reaped } from '../reap.ts';

/** Nothing of bubblewrap outlives it but what every sandbox leaves. */
export function reapNamespaces(scratch: string): Promise<readonly Reaped[]> {
  return reapCells(scratch, 'namespace');
}
