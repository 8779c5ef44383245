import type { Reader } from '../asker.ts';
import { movedCollations } from '../collation.ts';
import type { Noted } from './compare-objects.ts';

/** Collations whose version is another one than that by which the data were sorted (failure mode W13). `integrity` sees what came of it. */
export async function compareCollations(asker: Reader, major: number): Promise<readonly Noted[]> {
  const moved = await movedCollations(asker, major);
  return moved.map(({ name: object }) => ({
    code: 'inventory.collation-version-differs',
    outcome: 'failed',
    facts: { object, required: false },
  }));
}
