import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';

const LABEL = /\/tmp\/(rsg|resurgam)-/;

/** A process as /proc names it: its pid may be given to another one, so the moment of its start belongs to it. */
interface Seen {
  readonly pid: number;
  readonly parent: number;
  readonly started: string;
  readonly state: string;
}

/**
 * Looks for what the tests of this run left on the machine. Several runs may go on beside each other: what came from a process of
 * ours is ours, everything else that bears the product's label counts only if no other run was seen meanwhile.
 */
export class LeftBehind {
  readonly #ours = new Map<number, Seen>();
  readonly #before = new Set<string>();
  readonly #since = Date.now();
  /** Pids of the last look, each with whether it was there in the look before too. */
  #known: ReadonlyMap<number, boolean> = new Map();
  #alone = true;
  #timer: NodeJS.Timeout | undefined;

  begin(): void {
    for (const trace of labelled()) this.#before.add(trace);
    this.#look();
    this.#timer = setInterval(() => this.#look(), 300).unref();
  }

  /** What is still there after `patienceMs`, as one line per thing; an empty list is what one hopes for. */
  async end(patienceMs: number): Promise<readonly string[]> {
    const until = Date.now() + patienceMs;
    let left = this.#left();
    while (left.length > 0 && Date.now() < until) {
      await new Promise(resolve => setTimeout(resolve, 200));
      left = this.#left();
    }
    clearInterval(this.#timer);
    return left;
  }

  /** Only what came since: what has been looked at twice has become what it is. Everything each time took a twentieth of a processor. */
  #look(): void {
    const pids = allPids();
    const seen = pids.filter(pid => this.#known.get(pid) !== true).flatMap(processOf);
    this.#known = new Map(pids.map(pid => [pid, this.#known.has(pid)]));
    // Their numbers are given to others, whose children are not ours.
    for (const pid of this.#ours.keys()) if (!this.#known.has(pid)) this.#ours.delete(pid);
    const known = new Set([process.pid, ...this.#ours.keys()]);
    // Parents have mostly smaller pids than their children: twice is enough for those that do not.
    for (let pass = 0; pass < 2; pass++)
      for (const one of seen) {
        if (!known.has(one.parent) || known.has(one.pid)) continue;
        known.add(one.pid);
        this.#ours.set(one.pid, one);
      }
    if (this.#alone && otherRuns(seen, known)) this.#alone = false;
  }

  #left(): readonly string[] {
    this.#look();
    const now = new Map(processes().map(one => [one.pid, one]));
    const ended = [...this.#ours.values()].filter(one => now.get(one.pid)?.started !== one.started);
    for (const one of ended) this.#ours.delete(one.pid);
    const orphans = [...this.#ours.keys()].map(pid => now.get(pid)).filter(one => one !== undefined && isLeft(one, now));
    const others = this.#alone ? labelled(this.#since).filter(trace => !this.#before.has(trace)) : [];
    return [...orphans.map(one => `process ${one?.pid} ${commandOf(one?.pid ?? 0)}`), ...others];
  }
}

/** Our own children are vitest's workers and its compiler; a child of theirs, or one that nobody waits for, was left. */
function isLeft(one: Seen, now: ReadonlyMap<number, Seen>): boolean {
  if (one.state === 'Z' || one.parent === process.pid) return false;
  const parent = now.get(one.parent);
  return !(parent?.parent === process.pid && commandOf(one.pid).includes('node_modules/'));
}

/** Everything on this machine that bears the product's label: processes, mounts, folders (made after `since`), cgroups. */
function labelled(since = 0): readonly string[] {
  const servers = processes().filter(one => one.state !== 'Z' && LABEL.test(commandOf(one.pid)));
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map(line => line.split(' ')[4] ?? '');
  const folders = readdirSync('/tmp').filter(name => LABEL.test(`/tmp/${name}`));
  return [
    ...servers.map(one => `process ${one.pid} ${commandOf(one.pid)}`),
    ...mounts.filter(at => LABEL.test(at)).map(at => `mount ${at}`),
    ...folders.filter(name => madeAfter(`/tmp/${name}`, since)).map(name => `folder /tmp/${name}`),
    ...cgroups().map(at => `cgroup ${at}`),
  ];
}

function madeAfter(path: string, since: number): boolean {
  try {
    return statSync(path).birthtimeMs >= since;
  } catch {
    return false;
  }
}

function cgroups(): readonly string[] {
  return ['/sys/fs/cgroup', '/sys/fs/cgroup/memory', '/sys/fs/cgroup/pids'].flatMap(at => {
    try {
      return readdirSync(at)
        .filter(name => name.startsWith('resurgam'))
        .map(name => join(at, name));
    } catch {
      return [];
    }
  });
}

/** Another vitest than ours, also one whose /tmp we do not see: every process of the machine is in sight, folders are not. */
function otherRuns(seen: readonly Seen[], ours: ReadonlySet<number>): boolean {
  const above = new Set<number>();
  for (let pid = processOf(process.pid)[0]?.parent ?? 0; pid > 0; pid = processOf(pid)[0]?.parent ?? 0) above.add(pid);
  return seen.some(({ pid }) => !ours.has(pid) && !above.has(pid) && /\bnode .*vitest/.test(commandOf(pid)));
}

function processes(): readonly Seen[] {
  return allPids().flatMap(processOf);
}

function allPids(): readonly number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number);
}

/** None if it is gone. */
function processOf(pid: number): readonly Seen[] {
  const fields = statOf(pid);
  return fields === undefined ? [] : [{ pid, parent: Number(fields[1]), started: fields[19] ?? '', state: fields[0] ?? '' }];
}

/** The fields of /proc/<pid>/stat from the state on: the name before them may hold spaces and brackets. */
function statOf(pid: number): readonly string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

function commandOf(pid: number): string {
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return command === '' ? readlinkSync(`/proc/${pid}/exe`) : command.slice(0, 160);
  } catch {
    return '';
  }
}
