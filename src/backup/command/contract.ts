import { z } from 'zod';
import { BackupError } from '../backup.ts';

/** What the commands of a plan say, as documented in README ("Any other tool"). All of it is checked: a tool may print anything. */

const moment = z.iso.datetime({ offset: true, error: 'expected a time such as 2026-11-22T02:00:00Z' });
const bytes = z.int({ error: 'expected a whole number of bytes' }).min(0, { error: 'expected a number of bytes from 0' });
const settings = z.record(z.string().max(100), z.string().max(1_000)).default({});

const Point = z.strictObject({
  id: z.string().min(1).max(1_000),
  consistentAt: moment.nullable().default(null),
  availableAt: moment,
  bytes,
  kind: z.enum(['dump', 'full', 'incremental', 'pitr', 'snapshot', 'files']).default('full'),
  encrypted: z.boolean().default(false),
  lockedUntil: moment.nullable().default(null),
  needs: z
    .strictObject({ engine: z.string().max(50), major: z.int().min(1).max(9_999), settings })
    .nullable()
    .default(null),
  handle: z.record(z.string(), z.unknown()).default({}),
});

const MOST_POINTS = 100_000;
const List = z.strictObject({
  points: z.array(Point).max(MOST_POINTS),
  looked: z.int().min(0).optional(),
});

export type SaidPoint = z.output<typeof Point>;
export type SaidList = z.output<typeof List>;

/** What is bad about a backup, in the words of our findings. */
const bad = z.enum(['truncated', 'corrupt']).optional();

const Line = z.union([
  z.strictObject({ doneBytes: bytes, totalBytes: bytes.nullable().default(null) }),
  z.strictObject({
    done: z.literal(true),
    bytes: bytes.optional(),
    bad,
    version: z.string().max(100).optional(),
    rowsByTable: z.record(z.string().max(200), z.int().min(0)).optional(),
    files: z.int().min(0).optional(),
    layout: z.record(z.string(), z.unknown()).optional(),
  }),
]);

export type SaidLine = z.output<typeof Line>;
export type SaidDone = Extract<SaidLine, { done: true }>;

/** The answer of `list`. Throws BackupError `tool-failed` with the place in the answer, never with what stands there. */
export function listIn(text: string): SaidList {
  const json = jsonIn(text);
  if (json === undefined) throw nonsense('list', 'expected one JSON object such as {"points":[]}, and nothing else on standard output');
  const parsed = List.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw nonsense('list', `${(issue?.path ?? []).map(String).join('.') || 'the answer'}: ${issue?.message ?? 'not as documented'}`);
}

/** One line of `fetch` or `restore`; undefined for what is no line of the contract: tools print all kinds of things. */
export function lineIn(text: string): SaidLine | undefined {
  const parsed = Line.safeParse(jsonIn(text));
  return parsed.success ? parsed.data : undefined;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

export function nonsense(which: string, what: string): BackupError {
  const hint = `Run the command \`${which}\` of the plan by hand and compare what it prints with "Any other tool" in README.`;
  return new BackupError('tool-failed', `the command \`${which}\` did not answer as documented: ${what}`, { hint });
}
