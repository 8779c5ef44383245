import { Command } from 'commander';
import { join } from 'node:path';
import { vi } from 'vitest';
import { machineCommand } from '../../src/cli/machine.ts';
import type { Surroundings } from '../../src/compose.ts';
import type { Hand, Living } from './living.ts';

/** What `resurgam machine …` prints on the machine of this worker. */
export async function machine(hand: Hand, ...args: readonly string[]): Promise<string> {
  const printed: string[] = [];
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation(text => printed.push(String(text)) > 0);
  try {
    const program = new Command().exitOverride();
    machineCommand(program, { app: hand.app, exit: () => undefined });
    await program.parseAsync(['machine', ...args], { from: 'user' });
  } finally {
    spy.mockRestore();
  }
  return printed.join('');
}

/** Two machines with homes of their own: the second one, perhaps of another release, is admitted by hand. */
export async function twoMachines(place: Living, release: Pick<Surroundings, 'release'> = {}): Promise<readonly [Hand, Hand]> {
  const first = await place.worker({ slots: 2 });
  await first.look();
  const second = await place.worker({ slots: 2 }, { home: join(place.folder, 'home-2'), ...release });
  await second.look();
  const { own } = JSON.parse(await machine(second, 'list', '--json')) as { own: string };
  await machine(first, 'admit', own.slice(0, 16));
  return [first, second];
}
