import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cgroupTops } from '../../system/cgroup-places.ts';
import { mkdtemp } from '../../system/files.ts';
import { removeCgroup } from '../../system/cgroup.ts';
import { findProgram, lacks, sayLack } from '../../system/program.ts';
import { removeTree } from '../../system/tree.ts';
import { TRIAL, TRIAL_UID } from '../cell/shape.ts';
import { SandboxError } from '../sandbox.ts';
import { runTool } from '../../system/process.ts';
import type { Engine, Furnished } from './engine.ts';
import { insideCommand } from './inside.ts';
import { enginePlace, ROOTS, saidIn } from './place.ts';
import { wallsOf } from './walls.ts';

const TRY_MS = 60_000;

const PROGRAMS = {
  podman: [
    { file: 'podman', package: 'podman', least: '4.3' },
    { file: 'conmon', package: 'conmon' },
  ],
  docker: [
    { file: 'docker', package: 'docker.io', least: '20.10' },
    { file: 'dockerd', package: 'docker.io', least: '20.10' },
    { file: 'containerd', package: 'containerd' },
  ],
} as const;

/** Undefined if a container can be made here: found out by making one. */
export async function whyUnavailable(engine: Engine): Promise<SandboxError | undefined> {
  const powerless = whyPowerless();
  if (powerless !== undefined) return powerless;
  for (const need of PROGRAMS[engine.name]) {
    const asked = { ...need, file: engine.programs?.[need.file] ?? need.file };
    const found = await findProgram(asked);
    if (!lacks(found)) continue;
    const { message, hint } = sayLack(asked, found);
    return new SandboxError('tool-missing', message, { hint });
  }
  if (lacks(await findProgram({ file: 'crun', package: 'crun' })) && lacks(await findProgram({ file: 'runc', package: 'runc' })))
    return new SandboxError('tool-missing', 'neither crun nor runc is installed', { hint: 'Run: apt-get install runc' });
  return triedOut(engine);
}

/** Rootless podman needs ranges of subordinate users, and could not give each drill a user of its own. */
export function whyPowerless(): SandboxError | undefined {
  if (process.getuid?.() === 0) return undefined;
  return new SandboxError('namespaces-forbidden', 'containers are made as root only', {
    hint: 'Run Resurgam as root, or leave `sandbox: container` out of the plan: the default needs no root.',
  });
}

async function triedOut(engine: Engine): Promise<SandboxError | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'resurgam-try-'));
  const group = folder.slice(folder.lastIndexOf('/'));
  let furnished: Furnished | undefined;
  try {
    const place = enginePlace(folder, '');
    furnished = await engine.furnish(place, undefined);
    const jail = { ...TRIAL, runner: { as: 'drill-user', uid: TRIAL_UID } as const, processes: 64 };
    const shape = {
      ...{ name: 'try', drill: '', jail, root: { folder: ROOTS.second }, walls: await wallsOf(jail, undefined), group },
      ...{ limits: { memoryBytes: 2 ** 27, diskBytes: 2 ** 20, processes: 16, cpus: 1, timeMs: 0 }, openFiles: '256' },
      ...{ dataBytes: undefined, takesInput: false, timeoutSeconds: 60, saidIn: saidIn(place, 'try').written },
    };
    const inside = { filter: undefined, secrets: false, moved: false, env: {}, program: ['/usr/bin/perl', '-e', 'exit 42'] };
    const command = { ...engine.command(place, engine.runArguments(shape, insideCommand(inside))), timeLimitMs: TRY_MS };
    const result = await runTool(command, new AbortController().signal);
    if (result.exitCode === 42) return undefined;
    return new SandboxError('namespaces-forbidden', `this machine does not let ${engine.name} make a container`, {
      hint: `Read what it says: ${lastLine(result.stderr)}`,
      cause: new Error(result.stderr),
    });
  } finally {
    await furnished?.end();
    await removeTree(folder);
    await removeCgroup((await cgroupTops()).map(top => join(top, group)));
  }
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1)?.slice(0, 300) ?? '';
}
