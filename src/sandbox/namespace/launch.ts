import type { Bounds } from '../cell/cell.ts';

/** What the launcher does before it becomes bubblewrap. The filter becomes descriptor 9. */
export interface Launch extends Bounds {
  /** Bytes. One file can grow no further. */
  readonly fileBytes: number;
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
