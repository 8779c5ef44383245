import { sha256Hex } from './digest.ts';

export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
/** `prev` of the first entry. */
export const NO_LINE = '0'.repeat(64);

/** A file that an entry vouches for, named by its path in the evidence pack. */
export interface Subject {
  readonly name: string;
  /** Hex SHA-256 of the file's bytes. */
  readonly sha256: string;
}

/** What every entry says besides its own fields. Read leniently: members that we do not know are ignored. */
export interface Predicate extends Readonly<Record<string, unknown>> {
  readonly seq: number;
  readonly prev: string;
  readonly at: string;
}

/** The statement in one line: read from its payload, or to be sealed into one. */
export interface Statement {
  readonly ledger: string | undefined;
  /** `drill-finished` for `https://resurgam.dev/evidence/drill-finished/v1`; undefined for a type that is not ours or of another version. */
  readonly type: string | undefined;
  readonly subjects: readonly Subject[];
  readonly predicate: Predicate;
}

export function predicateType(type: string): string {
  return `https://resurgam.dev/evidence/${type}/v1`;
}

/** The name of the ledger as `subject[0]` says it: binds every entry to one client's ledger. */
export function ledgerName(origin: string): string {
  return `ledger:${origin}`;
}

/** The members of an in-toto statement in their usual order; `toJson` makes the signed bytes of it. */
export function statement(origin: string, type: string, rest: { subjects: readonly Subject[]; predicate: Predicate }): object {
  const subjects = [{ name: ledgerName(origin), sha256: sha256Hex(origin) }, ...rest.subjects];
  return {
    _type: STATEMENT_TYPE,
    subject: subjects.map(({ name, sha256 }) => ({ name, digest: { sha256 } })),
    predicateType: predicateType(type),
    predicate: rest.predicate,
  };
}

/** Reads the signed bytes. What is missing or of another kind comes back as undefined or as a value that no check accepts. */
export function readStatement(payload: Uint8Array): Statement {
  const read = asObject(parse(Buffer.from(payload).toString('utf8')));
  const predicate = asObject(read.predicate);
  const { seq, prev, at } = predicate;
  const [ledger, ...subjects] = Array.isArray(read.subject) ? read.subject.map(asObject) : [];
  return {
    ledger: asText(ledger?.name),
    type: /^https:\/\/resurgam\.dev\/evidence\/([a-z-]+)\/v1$/.exec(asText(read.predicateType) ?? '')?.[1],
    subjects: subjects.map(subject => ({ name: asText(subject.name) ?? '', sha256: asText(asObject(subject.digest).sha256) ?? '' })),
    predicate: { ...predicate, seq: typeof seq === 'number' ? seq : -1, prev: asText(prev) ?? '', at: asText(at) ?? '' },
  };
}

/** The value if it is an object, else an empty one. */
export function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

export function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
