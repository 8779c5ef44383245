/** What the launcher does before it becomes bubblewrap. */
export interface Launch {
  /** `cgroup.procs` (or `tasks`) files to enter, so that not one instruction of the jail runs uncounted. */
  readonly enter: readonly string[];
  /** File that becomes descriptor 9. */
  readonly filter: string | undefined;
  /** Bytes. One file can grow no further. */
  readonly fileBytes: number;
  /** Bytes of private memory of one process; undefined where a cgroup counts all of them together. */
  readonly dataBytes: number | undefined;
  /** Wraps the program further, e.g. `taskset -c 0`. */
  readonly before: readonly string[];
}

export const FILTER_FD = 9;

const SCRIPT = `
n=$1; shift
while [ "$n" -gt 0 ]; do echo 0 > "$1" || exit 125; shift; n=$((n - 1)); done
exec ${String(FILTER_FD)}< "$1" || exit 125; shift
ulimit -c 0; ulimit -f "$1" || exit 125; shift
if [ "$1" != - ]; then ulimit -d "$1" || exit 125; fi; shift
exec "$@"`;

/**
 * A shell that enters the limits and then becomes `program` (same pid). In a shell, because a limit set after the start comes too late,
 * and one set on ourselves would bind us too.
 */
export function launcherArguments(launch: Launch, program: readonly string[]): readonly string[] {
  return [
    ...['-c', SCRIPT, 'launch', String(launch.enter.length), ...launch.enter],
    launch.filter ?? '/dev/null',
    // POSIX counts `ulimit -f` in blocks of 512 bytes; `-d` is in kilobytes.
    String(Math.ceil(launch.fileBytes / 512)),
    launch.dataBytes === undefined ? '-' : String(Math.ceil(launch.dataBytes / 1024)),
    ...launch.before,
    ...program,
  ];
}
