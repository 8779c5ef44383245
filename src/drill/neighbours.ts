import type { Jail, JailCommand } from '../backup/target.ts';
import { finding, type Finding } from '../finding/finding.ts';
import { note, step, type ComponentRun, type DrillRun } from './run.ts';

const LIMIT_MS = 30_000;

/** Perl, as for every attempt to get out of a jail: of all languages the one that every Debian has and that opens sockets. */
const TRIES = String.raw`
use strict; use Socket;
$| = 1; alarm 20;
my $ways = 0;
for (@ARGV) {
  my ($kind, $what) = split /=/, $_, 2;
  if ($kind eq 'path') { $ways++ if -e $what or opendir(my $folder, $what) or open(my $file, '<', $what) }
  if ($kind eq 'socket' and length $what < 108 and socket(my $try, AF_UNIX, SOCK_STREAM, 0)) { $ways++ if connect($try, sockaddr_un($what)) }
  if ($kind eq 'port' and socket(my $try, AF_INET, SOCK_STREAM, 0)) { $ways++ if connect($try, sockaddr_in($what, inet_aton('127.0.0.1'))) }
}
print "$ways\n";
`;

/** What one component has, as another one could try to reach it: paths of this machine, sockets among them, ports of 127.0.0.1. */
export interface Reachable {
  readonly paths: readonly string[];
  readonly sockets: readonly string[];
  readonly ports: readonly number[];
}

/**
 * Tries from each component that came back to reach every other one past what it was given: their folders, sockets and ports. What it
 * `needs` is shown to its service under names of its own; nothing of the others is to be had from its sandbox. Asked once the figures
 * of the drill are taken, and lengthens none.
 */
export async function tryNeighbours(run: DrillRun): Promise<void> {
  const running = run.components.filter(one => one.running?.ready === true && one.sandbox !== undefined);
  if (running.length < 2 || run.stop.aborted) return;
  run.askedUntilMs ??= run.tools.clock.monotonicMs();
  const reachable = new Map<ComponentRun, Reachable>();
  const tryOne = async (one: ComponentRun): Promise<void> => {
    const others = running.filter(other => other !== one);
    for (const other of others) reachable.set(other, reachable.get(other) ?? (await reachableOf(run, other)));
    const ways = others.flatMap(other => reachable.get(other) ?? []);
    if (one.sandbox !== undefined) note(run, one.component.name, [await tryFrom(one.sandbox.jail, ways, run.stop)]);
  };
  for (const one of running) {
    const place = { component: one.component.name, phase: 'probes', broken: 'isolation.neighbours' } as const;
    await step(run, place, () => tryOne(one));
  }
}

async function reachableOf({ components, stop }: DrillRun, one: ComponentRun): Promise<Reachable> {
  const { sandbox, folder, running, component } = one;
  // A socket is opened for those that need it; for nobody else there is one.
  const isNeeded = components.some(other => other.component.needs.includes(component.name));
  const shared = isNeeded ? await running?.share?.(stop) : undefined;
  const folders = [sandbox?.jail.folder, sandbox?.staging, folder, shared?.folder].filter(path => path !== undefined);
  return {
    paths: [...new Set(folders)],
    sockets: shared === undefined ? [] : [`${shared.folder}/${shared.name}`],
    ports: shared?.port == null ? [] : [shared.port],
  };
}

/** One finding: in how many ways the programs of this sandbox reach what the others have. What cannot be tried is not passed. */
export async function tryFrom(jail: Pick<Jail, 'run'>, others: readonly Reachable[], stop: AbortSignal): Promise<Finding> {
  const words = others.flatMap(({ paths, sockets, ports }) => [
    ...paths.map(path => `path=${path}`),
    ...sockets.map(socket => `socket=${socket}`),
    ...ports.map(port => `port=${String(port)}`),
  ]);
  const command: JailCommand = { file: '/usr/bin/perl', args: ['-e', TRIES, '--', ...words], timeLimitMs: LIMIT_MS, ownPorts: true };
  const { exitCode, stdout } = await jail.run(command, stop);
  const ways = exitCode === 0 && /^\d+\n$/.test(stdout) ? Number(stdout) : null;
  const facts = { probe: 'isolation', unit: 'ways', expected: 0, observed: ways };
  return finding('isolation.neighbours', ways === 0 ? 'passed' : 'inconclusive', facts);
}
