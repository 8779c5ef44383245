import type { Verdict } from '../probe/verdict.ts';

/** What the program's exit codes mean: a promise to scripts (architecture.md, "Names that others rely on"). */
export const EXIT = {
  passed: 0,
  failed: 1,
  usage: 2,
  objectiveMissed: 3,
  inconclusive: 4,
  leftBehind: 5,
  interrupted: 130,
} as const;

export const EXIT_HELP = `
Exit codes
  0    passed
  1    failed: the backup did not come back, or a ledger was altered
  2    wrong usage, or an invalid plan
  3    objective missed: it came back, but too late or too old; or a ledger is unaltered but incomplete
  4    inconclusive: it could not be told
  5    something of the sandbox was left behind
  130  interrupted
`;

/** Exit code of a drill. What was left behind, and a stop by a person, are said first. */
export function exitOf(drill: { readonly verdict: Verdict; readonly stopped: boolean; readonly leftBehind: boolean }): number {
  if (drill.leftBehind) return EXIT.leftBehind;
  if (drill.stopped) return EXIT.interrupted;
  switch (drill.verdict) {
    case 'passed':
      return EXIT.passed;
    case 'failed':
      return EXIT.failed;
    case 'objective-missed':
      return EXIT.objectiveMissed;
    case 'inconclusive':
      return EXIT.inconclusive;
  }
}

/** Ends a command with a message for a person and an exit code. Thrown by commands, printed once by main. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: number;
  readonly hint: string | null;
  constructor(message: string, rest: { readonly exitCode: number; readonly hint?: string | null; readonly cause?: unknown }) {
    super(message, { cause: rest.cause });
    this.exitCode = rest.exitCode;
    this.hint = rest.hint ?? null;
  }
}
