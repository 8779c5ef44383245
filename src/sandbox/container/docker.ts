import { join } from 'node:path';
import { readFile, writeFile } from '../../system/files.ts';
import { runTool, startTool, type ToolCommand, type ToolResult } from '../../system/process.ts';
import { SandboxError } from '../sandbox.ts';
import { runArguments } from './arguments.ts';
import type { Engine, Furnished } from './engine.ts';
import { alone, makePlace, makeRoot, saidIn, SEEN_AS, type EnginePlace } from './place.ts';

const never = new AbortController().signal;
const SOCKET = `unix://${SEEN_AS}/docker.sock`;
const ROOT_IMAGE = 'resurgam-root';
const LONGEST_MS = 2_147_483_647;
const START_MS = 60_000;
const LOAD_MS = 3_600_000;
/** Where containerd notes the first process of each container before it lets it run. */
const TASKS = 'exec/containerd/daemon/io.containerd.runtime.v2.task/moby';
/** The machine's own containerd must not be found, nor a key left where it is usual. */
const HIDDEN = ['/run/containerd', '/etc/docker'].map(at => ` && mkdir -p ${at} && mount -t tmpfs -o mode=0700 none ${at}`).join('');

export interface Docker {
  readonly docker: string;
  readonly dockerd: string;
  /** Where the machine's own docker is asked for images. */
  readonly host: string;
}

/**
 * Docker is a daemon, and the machine's own would keep what it makes, under settings that we do not know. So each sandbox has one of its
 * own, that keeps everything in the sandbox's folder and goes with it. The plan's image comes from the machine's.
 */
export function dockerEngine({ docker, dockerd, host }: Docker): Engine {
  const command: Engine['command'] = (place, args) => ({
    ...{ file: 'setpriv', args: [...alone(place), docker, '--host', SOCKET, ...args] },
    env: { ...place.env, DOCKER_CONFIG: SEEN_AS },
  });
  const ask = (place: EnginePlace, args: readonly string[]): Promise<ToolResult> =>
    runTool({ ...command(place, args), timeLimitMs: START_MS }, never);
  const furnish = async (place: EnginePlace, image: string | undefined): Promise<Furnished> => {
    await makePlace(place);
    await writeFile(join(place.folder, 'daemon.json'), '{}');
    await makeRoot(join(place.folder, 'root-1'));
    const daemon = startTool({ ...daemonCommand(place, dockerd), timeLimitMs: LONGEST_MS }, never);
    const ended = daemon.ended.catch((cause: unknown) => cause);
    const end = async (): Promise<void> => {
      daemon.signal('SIGTERM');
      await ended;
    };
    try {
      await answering(() => ask(place, ['version']), ended);
      const made = await ask(place, ['import', `${SEEN_AS}/root.tar`, ROOT_IMAGE]);
      if (made.exitCode !== 0) throw broke('docker could not take the empty root', made.stderr);
      if (image === undefined) return { image, volumes: [], end };
      return { ...(await taken({ place, docker, host }, image)), end };
    } catch (error) {
      await end();
      throw error;
    }
  };
  return {
    name: 'docker',
    programs: { docker, dockerd },
    own: ['/run', '/sys', '/.dockerenv', ...['hostname', 'hosts', 'resolv.conf', 'mtab'].map(name => `/etc/${name}`)],
    ...{ command, furnish },
    runArguments: (shape, program) =>
      runArguments('image' in shape.root ? shape : { ...shape, root: { image: ROOT_IMAGE } }, program, 'docker'),
    firstProcess: async (place, name) => {
      const id = (await readFile(saidIn(place, name).read, 'utf8').catch(() => '')).trim();
      const pid = /^[0-9a-f]{64}$/.test(id) ? Number(await readFile(join(place.folder, TASKS, id, 'init.pid'), 'utf8').catch(() => '')) : 0;
      return pid > 0 ? pid : undefined;
    },
  };
}

function daemonCommand(place: EnginePlace, dockerd: string): Pick<ToolCommand, 'file' | 'args' | 'env'> {
  const at = (name: string): string => `${SEEN_AS}/${name}`;
  const flags = [
    ...['--host', SOCKET, '--data-root', at('data'), '--exec-root', at('exec'), '--pidfile', at('pid'), '--config-file', at('daemon.json')],
    // Containers have no network, and that of this machine is not its business.
    ...['--bridge', 'none', '--iptables=false', '--ip6tables=false', '--ip-forward=false', '--ip-masq=false'],
    ...['--storage-driver', 'vfs', '--exec-opt', 'native.cgroupdriver=cgroupfs', '--log-level', 'error'],
  ];
  const pack = `${HIDDEN} && tar -C ${at('root-1')} -cf ${at('root.tar')} .`;
  return { file: 'setpriv', args: [...alone(place, pack), dockerd, ...flags], env: place.env };
}

async function answering(ask: () => Promise<ToolResult>, ended: Promise<unknown>): Promise<void> {
  const until = performance.now() + START_MS;
  const gone = ended.then(end => ({ end }));
  while (performance.now() < until) {
    if ((await ask()).exitCode === 0) return;
    const over = await Promise.race([gone, new Promise<undefined>(resolve => setTimeout(resolve, 50, undefined))]);
    if (over !== undefined) throw broke('dockerd did not start', (over.end as Partial<ToolResult>).stderr ?? '');
  }
  throw broke('dockerd did not answer', '');
}

interface Taking {
  readonly place: EnginePlace;
  readonly docker: string;
  readonly host: string;
}

/** Never fetched. The machine's docker knows it by the digest; ours, which gets a copy, by its own id, a digest too. */
async function taken({ place, docker, host }: Taking, image: string): Promise<Pick<Furnished, 'image' | 'volumes'>> {
  const { PATH = '' } = place.env;
  const env = { PATH, HOME: '/nonexistent', RESURGAM_DRILL: place.env['RESURGAM_DRILL'] ?? '' };
  const found = await runTool(
    {
      file: docker,
      args: ['--host', host, 'image', 'inspect', '--format', '{{.Id}} {{json .Config.Volumes}}', image],
      env,
      timeLimitMs: START_MS,
    },
    never,
  );
  const [, id, volumes = 'null'] = /^(sha256:[0-9a-f]{64}) (.*)$/m.exec(found.stdout) ?? [];
  if (found.exitCode !== 0 || id === undefined) {
    throw new SandboxError('tool-missing', 'the image of the plan is not in the docker of this machine with that digest', {
      hint: `Run: docker pull ${image}`,
      cause: new Error(found.stderr),
    });
  }
  const script = `set -o pipefail; "$0" --host "$1" save "$2" | "$0" --host ${SOCKET} load --quiet`;
  const load = { file: 'setpriv', args: [...alone(place), '/bin/bash', '-c', script, docker, host, id], env: place.env };
  const loaded = await runTool({ ...load, timeLimitMs: LOAD_MS }, never);
  if (loaded.exitCode !== 0) throw broke('the image of the plan could not be copied', loaded.stderr);
  return { image: id, volumes: Object.keys((JSON.parse(volumes) as object | null) ?? {}) };
}

function broke(message: string, said: string): SandboxError {
  return new SandboxError('broke', message, { hint: 'Run `resurgam doctor`.', cause: new Error(said) });
}

/** The socket at which a machine's docker is, unless the administrator says otherwise. */
export const MACHINE_DOCKER = 'unix:///var/run/docker.sock';
