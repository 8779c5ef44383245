import { randomUUID } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Jail, JailCommand } from '../../backup/target.ts';
import { chmod, copyFile, mkdir, readdir, readFile, stat, writeFile } from '../../system/files.ts';
import { removeTree } from '../../system/tree.ts';
import { openListeners, type Listeners } from '../../system/listener.ts';
import { ownOwner } from '../../system/owner.ts';
import { readProcess } from '../../system/proc.ts';
import { startTool, type RunningTool, type ToolResult } from '../../system/process.ts';
import { attempts, type Attempt, type Reached } from '../isolation.ts';
import type { Cell } from './cell.ts';
import { outsideOf } from './place.ts';
import { TRIES } from './tries.ts';

/** Runs one program as the restored system's programs will be run. */
export type RunInJail = (command: JailCommand) => Promise<ToolResult>;

/**
 * Tries every way out, in a jail made with the very arguments of those that follow, and looks from the host's side as well: a listener
 * knows better than the jail whether someone connected. Plants what it needs and takes it away again.
 */
export async function tryIsolation(cell: Cell, jail: Jail, run: RunInJail): Promise<Reached> {
  const planted = await plant(cell, jail);
  try {
    const result = await run(await triesCommand(cell, planted));
    return judged(result, await seenFromOutside(cell, planted));
  } finally {
    await takeAway(planted);
  }
}

interface Planted {
  readonly token: string;
  readonly listeners: Listeners;
  /** A harmless process of the jail's own user, outside the jail. */
  readonly decoy: RunningTool;
  readonly outside: string;
  readonly own: string;
  readonly proof: string;
  readonly staged: string;
}

/** What the kernel tells of this machine. */
const KERNELS = ['/sys/kernel', '/sys/class', '/sys/block', '/sys/devices'];

/** In the jail. */
const PLACES = { staged: ['/staged'], own: ['/own'], proof: ['/proof'] } as const;

const TOKEN = 'RESURGAM_PLANTED';

async function plant(cell: Cell, jail: Jail): Promise<Planted> {
  const { place, runner } = cell;
  const token = randomUUID();
  const uid = runner.as === 'drill-user' ? runner.uid : undefined;
  const sleep = {
    file: 'sleep',
    args: ['60'],
    env: { PATH: '/usr/bin:/bin', RESURGAM_DRILL: place.drill },
    timeLimitMs: 60_000,
    graceMs: 0,
  };
  const decoy = startTool({ ...sleep, ...(uid === undefined ? {} : { uid, gid: uid }) }, new AbortController().signal);
  const outside = outsideOf(place.drill);
  const [proof, own, staged] = [join(place.folder, 'proof'), join(place.work, 'proof'), join(place.staging, 'tried')];
  // In our own environment, which no program of ours inherits.
  process.env[TOKEN] = token;
  const [listeners] = await Promise.all([openListeners(`resurgam-${token}`), plantFiles(), jail.makeFolder('proof')]);
  await jail.own(staged);
  return { token, listeners, decoy, outside, own, proof, staged };

  async function plantFiles(): Promise<void> {
    await Promise.all([mkdir(outside), mkdir(proof), writeFile(staged, token)]);
    await Promise.all([chmod(outside, 0o777), writeFile(join(outside, 'secret'), token), copyFile('/usr/bin/id', join(proof, 'id'))]);
    await chmod(join(proof, 'id'), 0o4755);
  }
}

async function takeAway(planted: Planted): Promise<void> {
  Reflect.deleteProperty(process.env, TOKEN);
  planted.decoy.signal('SIGKILL');
  const removed = removeTree(planted.outside, planted.own, planted.proof, planted.staged);
  await Promise.all([planted.listeners[Symbol.asyncDispose](), planted.decoy.ended, removed]);
}

async function triesCommand(cell: Cell, planted: Planted): Promise<JailCommand> {
  const [us, decoy] = await Promise.all([ownOwner(), readProcess(planted.decoy.pid)]);
  const home = homedir();
  const hostFolders = ['/root', '/home', '/var', '/run', '/sys', '/boot', '/mnt', '/srv', '/media', '/lost+found', cell.place.scratch];
  const files = [join(planted.outside, 'secret'), '/etc/shadow', '/etc/hostname', '/etc/machine-id', ...hostFolders];
  // Homes that the jail has too, by design: they say nothing.
  if (home !== '/' && home !== '/tmp' && !home.startsWith('/usr/')) files.push(home);
  const shown = files.filter(path => cell.jailer.shows(path));
  const given = {
    port: [planted.listeners.port],
    echo: [planted.listeners.echoPort],
    abstract: [planted.listeners.abstractName],
    token: [planted.token],
    decoy: [planted.decoy.pid],
    process: [`${String(us.pid)}:${us.startTime}`, ...(decoy === undefined ? [] : [`${String(decoy.pid)}:${decoy.startTime}`])],
    outside: [planted.outside],
    file: [...files.filter(path => !shown.includes(path)), ...KERNELS],
    same: (await Promise.all(shown.map(identityOf))).flat(),
    ...PLACES,
    filtered: [cell.bounds.filter === undefined ? '' : '1'],
  };
  return {
    file: '/usr/bin/perl',
    args: ['-', ...Object.entries(given).flatMap(([name, values]) => values.map(value => `${name}=${String(value)}`))],
    stdin: Readable.from([Buffer.from(TRIES)]),
    mounts: [
      { from: cell.place.staging, at: PLACES.staged[0] },
      { from: planted.own, at: PLACES.own[0], write: true },
      { from: planted.proof, at: PLACES.proof[0] },
    ],
    timeLimitMs: 30_000,
  };
}

/** By which the jail can tell that what it has at a path is this machine's; none if there is nothing here. */
async function identityOf(path: string): Promise<readonly string[]> {
  const entry = await stat(path).catch(() => undefined);
  return entry === undefined ? [] : [`${path}:${String(entry.dev)}:${String(entry.ino)}`];
}

/** What the jail itself cannot know or might not tell. */
async function seenFromOutside(cell: Cell, planted: Planted): Promise<Reached> {
  const knocks = planted.listeners.knocks();
  const [decoy, outside, staged, content] = await Promise.all([
    readProcess(planted.decoy.pid),
    readdir(planted.outside),
    readdir(cell.place.staging),
    readFile(planted.staged, 'utf8').catch(() => ''),
  ]);
  return {
    'host-ports': knocks.tcp,
    dns: knocks.udp,
    'host-sockets': knocks.abstract,
    signals: decoy === undefined || decoy.state === 'Z' ? 1 : 0,
    writing: outside.length - 1,
    staging: staged.length === 1 && content === planted.token ? 0 : 1,
  };
}

/** What the jail said, and never less than what we saw. Without the control, nothing counts as tried. */
function judged(result: ToolResult, seen: Reached): Reached {
  const said = new Map(result.stdout.split('\n').map(line => [line.split(' ')[0] ?? '', Number(line.split(' ')[1])] as const));
  const isWhole = result.exitCode === 0 && said.get('control') === 1;
  const reached: Partial<Record<Attempt, number>> = {};
  for (const attempt of attempts) {
    const ways = Math.max(said.get(attempt) ?? 0, seen[attempt] ?? 0);
    if (ways > 0 || (isWhole && said.has(attempt))) reached[attempt] = ways;
  }
  return reached;
}
