import type { Verification } from '../evidence/verify.ts';

export interface VerifyText {
  readonly verification: Verification & { readonly keyids?: readonly string[]; readonly keysFromFolder?: boolean };
}

/** What each kind of first line means, for a person who is not a programmer. */
const MEANINGS: readonly (readonly [RegExp, string])[] = [
  [/^OK /, 'Nobody changed, removed, added or reordered anything that the checkpoint covers.'],
  [/^PARTIAL LAST LINE/, 'The file is cut off in the middle of its last entry, or is empty.'],
  [/^BAD ENVELOPE/, 'This line is not one that Resurgam wrote: its form was changed.'],
  [/^UNKNOWN KEY/, 'This line is signed by a key that was not given, or not signed at all. After a rotation give the folder keys/machine.'],
  [/^BAD SIGNATURE/, 'This entry was changed after it was signed.'],
  [/^KEY NOT IN FORCE/, 'This entry was signed with a key that was not valid at that time.'],
  [/^WRONG LEDGER/, 'This entry belongs to another ledger than the checkpoint.'],
  [/^CHAIN BREAK/, 'An entry was removed, inserted, repeated or moved here.'],
  [/^TIME WENT BACK/, 'This entry claims to be older than the one before it.'],
  [/^BAD CHECKPOINT SIGNATURE/, 'The checkpoint was changed, or signed by somebody else.'],
  [/^TRUNCATED/, 'Entries at the end were removed: the checkpoint proves that there were more.'],
  [/^ROOT MISMATCH/, 'The entries are not those that the checkpoint was made for: the ledger was rewritten.'],
  [/^FILE MISSING/, 'A file that the ledger vouches for is gone.'],
  [/^FILE ALTERED/, 'A file that the ledger vouches for was changed.'],
  [/^FORK/, 'Two checkpoints cannot both be true: the ledger was rewritten between them.'],
];

const PROBLEMS = {
  missing: 'due, but nothing says how they ended',
  twice: 'ended more than once',
  noStart: 'finished without a start before it',
  unscheduled: 'ended, but were never scheduled',
  lateSchedule: 'scheduled only after they were due',
  lateCancel: 'cancelled only after they were due',
  lateSkip: 'skipped only after they were due',
  gap: 'plans with a time without a schedule',
} as const;

/** The lines of `resurgam verify`: the reference script's output, then what it means and what else must be known. */
export function verifyText({ verification }: VerifyText): string {
  const { firstLine, summary, exitCode, statements, keyids = [], keysFromFolder = false } = verification;
  const lines = [firstLine];
  if (summary !== null) lines.push(JSON.stringify(summary));
  if (exitCode === 3) lines.push('INCOMPLETE');
  lines.push('', meaningOf(firstLine));
  if (summary !== null) {
    for (const [name, meaning] of Object.entries(PROBLEMS)) {
      const ids = summary.problems[name as keyof typeof PROBLEMS];
      if (ids.length > 0) lines.push(`The record is not complete: ${meaning}: ${ids.join(', ')}.`);
    }
  }
  lines.push(...statements.map(statement => `To be known: ${statement}.`));
  if (keysFromFolder)
    lines.push(
      `Verified with ${keyids.length === 1 ? 'the key' : 'the keys'} found beside the ledger. Compare with what you were given by another way:`,
    );
  if (keysFromFolder) lines.push(...keyids.map(keyid => `  ${keyid}`));
  return `${lines.join('\n')}\n`;
}

/** One sentence for a first line; empty for one that we do not know. */
export function meaningOf(firstLine: string): string {
  return MEANINGS.find(([pattern]) => pattern.test(firstLine))?.[1] ?? '';
}
