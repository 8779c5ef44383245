import { spawn } from 'node:child_process';
import { MAIN } from '../e2e/cli.ts';
import type { Living } from './living.ts';

/** `resurgam work` in a process of its own. */
export function spawnWork(place: Living): { end(): Promise<number | null> } {
  const child = spawn(process.execPath, [MAIN, 'work', '--site', 'local', '--interval', '1', '--slots', '2'], {
    cwd: place.folder,
    env: place.env,
    stdio: 'ignore',
  });
  const ended = new Promise<number | null>(resolve => child.on('close', resolve));
  return {
    end: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}
