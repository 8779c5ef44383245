import { finding, type Finding, type FindingCode } from '../../finding/finding.ts';

const PROBE = 'restore';

type Fault = 'schema' | 'parse' | 'duplicate' | 'outside' | 'violates' | 'other';

/** A name of the schema. What else stands in such a place is of the data. */
const DESCRIPTOR = /^[A-Za-z][A-Za-z0-9-]{0,63}$/;

/** What slapadd says while it goes on after each error. Its texts name entries: only their kind is kept. */
export class SlapaddErrors {
  readonly faults = new Map<Fault, number>();
  /** Entries above others that are not there. */
  missing = 0;
  diskFull = false;
  #undefinedBefore = false;
  #listsMissing = false;
  #firstUndefined: string | null = null;

  hear(line: string): void {
    if (this.#listsMissing && /^ +entry \d+: /.test(line)) this.missing += 1;
    this.#listsMissing = line.startsWith('Error, entries missing!') || (this.#listsMissing && line.startsWith(' '));
    if (/MDB_MAP_FULL|No space left on device/.test(line)) this.diskFull = true;
    const unknown = /str2ad\(([^)]*)\): attribute type undefined|unrecognized objectClass '([^']*)'/.exec(line);
    if (unknown !== null) this.#noteUndefined(unknown[1] ?? unknown[2] ?? '');
    if (!line.startsWith('slapadd: ')) {
      this.#undefinedBefore ||= unknown !== null;
      return;
    }
    const fault = unknown !== null || this.#undefinedBefore ? 'schema' : faultIn(line);
    this.#undefinedBefore = false;
    if (fault !== undefined) this.faults.set(fault, (this.faults.get(fault) ?? 0) + 1);
  }

  findings(): readonly Finding[] {
    return [...this.faults].map(([fault, observed]) => {
      const [code, object] = SAID[fault];
      return finding(code, 'failed', { probe: PROBE, unit: 'entries', expected: 0, observed, object: object ?? this.#firstUndefined });
    });
  }

  #noteUndefined(name: string): void {
    if (DESCRIPTOR.test(name)) this.#firstUndefined ??= name;
  }
}

const SAID: Readonly<Record<Fault, readonly [FindingCode, string | null]>> = {
  schema: ['restore.schema-missing', null],
  parse: ['restore.entries-refused', 'cannot be read'],
  duplicate: ['restore.duplicate-entries', null],
  outside: ['restore.entries-refused', 'of another directory'],
  violates: ['restore.entries-refused', 'against the definitions'],
  other: ['restore.entries-refused', 'could not be added'],
};

function faultIn(line: string): Fault | undefined {
  if (line.startsWith('slapadd: could not parse entry')) return 'parse';
  if (line.startsWith('slapadd: could not add entry')) return /MDB_KEYEXIST/.test(line) ? 'duplicate' : 'other';
  if (/^slapadd: line \d+: database #\d+/.test(line)) return 'outside';
  if (/^slapadd: line \d+:/.test(line)) return 'other';
  return line.startsWith('slapadd: dn="') ? 'violates' : undefined;
}
