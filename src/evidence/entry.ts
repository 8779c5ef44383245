import { z } from 'zod';
import { sha256Hex } from './digest.ts';
import { drillEntries } from './drill-entries.ts';
import { envelopeLine } from './dsse.ts';
import { EvidenceError } from './error.ts';
import { escalationEntries } from './escalation-entries.ts';
import { toJson } from './json.ts';
import { keyEntries } from './key-entries.ts';
import type { Signer } from './key.ts';
import { planEntries } from './plan-entries.ts';
import { id } from './shapes.ts';
import { NO_LINE, statement, type Subject } from './statement.ts';

/** Every entry type with its fields: what is not named here cannot get into a ledger (evidence.md, section 4). */
export const entrySchemas = { ...keyEntries, ...planEntries, ...drillEntries, ...escalationEntries } as const;
export type EntryType = keyof typeof entrySchemas;
export type FieldsOf<T extends EntryType> = z.infer<(typeof entrySchemas)[T]>;

export const Actor = z.strictObject({ kind: z.enum(['person', 'worker', 'system']), id });
export type Actor = z.infer<typeof Actor>;

/** What is to be said in the ledger, before it has a place there. */
export type Entry = {
  readonly [T in EntryType]: { readonly type: T; readonly actor: Actor; readonly fields: Frozen<FieldsOf<T>> };
}[EntryType];

type Frozen<T> = T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;

/** Where a ledger ends: what the next line must follow. */
export interface LedgerEnd {
  readonly origin: string;
  readonly client: string;
  /** `seq` of the next line: the number of lines there are. */
  readonly size: number;
  /** Hex SHA-256 of the last line. */
  readonly prev: string;
  /** `at` of the last line; empty if there is none. */
  readonly at: string;
}

/** The end of a ledger that has no line yet. */
export function emptyLedger(origin: string, client: string): LedgerEnd {
  return { origin, client, size: 0, prev: NO_LINE, at: '' };
}

export interface Sealing {
  /** Usually one; a rotation is signed by the old and the new key. */
  readonly signers: readonly Signer[];
  /** Wall clock: ISO, UTC, milliseconds. */
  readonly now: string;
  readonly subjects?: readonly Subject[];
}

/** A line with its place in the ledger. `line` is without its newline. */
export interface SealedLine {
  readonly line: Buffer;
  readonly seq: number;
  readonly at: string;
  /** Hex SHA-256 of the line: `prev` of the next one. */
  readonly digest: string;
}

/**
 * Makes the line that follows `end`. Pure. A clock that went back never makes a line older than its predecessor. Throws EvidenceError
 * `not-allowed` for fields that the entry's schema does not know, naming the field and never its value.
 */
export function seal(entry: Entry, end: LedgerEnd, { signers, now, subjects = [] }: Sealing): SealedLine {
  const at = now > end.at ? now : end.at;
  const predicate = { seq: end.size, prev: end.prev, at, client: end.client, actor: allowed(Actor, entry.actor), ...fieldsOf(entry) };
  const payload = Buffer.from(toJson(statement(end.origin, entry.type, { subjects, predicate })));
  const line = envelopeLine(payload, signers);
  return { line, seq: end.size, at, digest: sha256Hex(line) };
}

/** The end of the ledger once `sealed` is its last line. */
export function endAfter(sealed: SealedLine, { origin, client }: LedgerEnd): LedgerEnd {
  return { origin, client, size: sealed.seq + 1, prev: sealed.digest, at: sealed.at };
}

function fieldsOf(entry: Entry): Readonly<Record<string, unknown>> {
  return allowed<Record<string, unknown>>(entrySchemas[entry.type], entry.fields);
}

function allowed<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue?.path.join('.') ?? '';
  throw new EvidenceError('not-allowed', `field ${where === '' ? 'of the entry' : where}: not of the shape that the ledger allows`, {
    hint: 'Write only what the entry type knows (evidence.md, section 4).',
  });
}
