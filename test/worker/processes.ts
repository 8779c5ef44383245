import { spawn } from 'node:child_process';
import { MAIN } from '../e2e/cli.ts';
import type { Living } from './living.ts';

/** A process of the built program. */
export interface Spawned {
  readonly pid: number;
  /** SIGTERM; gives the exit code. */
  end(): Promise<number | null>;
  /** Undefined while it runs. */
  exitCode(): number | null | undefined;
  /** Everything that it said. */
  printed(): string;
}

/** `resurgam work` in a process of its own. */
export function spawnWork(place: Living): Spawned {
  return spawned(place, ['work', '--site', 'local', '--interval', '1', '--slots', '2']);
}

/** `resurgam serve` in a process of its own, with its pages on any free port. */
export function spawnServe(place: Living): Spawned {
  return spawned(place, ['serve', '--interval', '1']);
}

function spawned(place: Living, args: readonly string[]): Spawned {
  const env = { ...place.env, RESURGAM_PORT: '0' };
  const child = spawn(process.execPath, [MAIN, ...args], { cwd: place.folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const printed: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => printed.push(chunk.toString()));
  let exit: number | null | undefined;
  const ended = new Promise<number | null>(resolve => child.on('close', code => resolve((exit = code))));
  return {
    pid: child.pid ?? -1,
    end: () => {
      child.kill('SIGTERM');
      return ended;
    },
    exitCode: () => exit,
    printed: () => printed.join(''),
  };
}
