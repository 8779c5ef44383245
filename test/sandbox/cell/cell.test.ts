import { expect, test } from 'vitest';
import { startInCell, type Cell, type CellOrder } from '../../../src/sandbox/cell/cell.ts';
import type { JailedTool } from '../../../src/sandbox/cell/jailer.ts';
import { TRIAL } from '../../../src/sandbox/cell/shape.ts';

const never = new AbortController().signal;
const order: CellOrder = { shape: { ...TRIAL, runner: { as: 'own-user' }, network: true }, program: ['true'], timeLimitMs: 1000 };

/** A cell in which something happens while a program is being started; and the signals that the program was sent. */
function cellWhere(happens: { limit?: boolean; destroyed?: boolean }): { readonly cell: Cell; readonly signals: readonly string[] } {
  const signals: string[] = [];
  const now = { limit: false, destroyed: false };
  const tool = { pid: -1, ended: new Promise(() => undefined), signal: (name: string) => void signals.push(name) };
  const start = async (): Promise<JailedTool> => {
    await Promise.resolve();
    Object.assign(now, happens);
    return tool as unknown as JailedTool;
  };
  const parts = {
    jailer: { start },
    watch: { hit: () => (now.limit ? 'disk' : undefined) },
    live: new Set(),
    destroyed: () => now.destroyed,
  };
  return { cell: parts as unknown as Cell, signals };
}

test('a program during whose start a limit is reached is ended: whoever ends the others did not see it', async () => {
  const { cell, signals } = cellWhere({ limit: true });

  await startInCell(cell, order, never);

  expect(signals).toEqual(['SIGKILL']);
});

test('so is one during whose start the sandbox is destroyed, and no other', async () => {
  const [destroyed, calm] = [cellWhere({ destroyed: true }), cellWhere({})];

  await startInCell(destroyed.cell, order, never);
  await startInCell(calm.cell, order, never);

  expect(destroyed.signals).toEqual(['SIGKILL']);
  expect(calm.signals).toEqual([]);
});
