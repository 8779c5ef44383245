import { finding, type Finding, type FindingCode, type FindingFacts, type Outcome } from '../../finding/finding.ts';
import type { Question } from '../probe.ts';
import type { Refusal } from '../refusal.ts';
import { EVERYTHING, type ToExamine } from './to-examine.ts';
import { limitations, type IntegrityLimitation } from './limitation.ts';

/** What was looked at so far, with denominators, and what was found. */
export class Tally {
  readonly full: boolean;
  readonly major: number;
  /** What need not be examined, since it was before, counts as it was found then: sound. */
  toExamine: ToExamine = EVERYTHING;
  readonly #question: Question;
  readonly #findings: Finding[] = [];
  readonly #limitations = new Set<IntegrityLimitation>();
  readonly #counts = { tables: [0, 0], indexes: [0, 0], constraints: [0, 0] };

  constructor(question: Question, full: boolean) {
    this.#question = question;
    this.full = full;
    this.major = question.service.major;
    if (!full) this.limit('quick');
  }

  /** Of `total` things of this kind, `sound` were found sound. */
  count(kind: 'tables' | 'indexes' | 'constraints', sound: number, total: number): void {
    const [soundBefore = 0, totalBefore = 0] = this.#counts[kind];
    this.#counts[kind] = [soundBefore + sound, totalBefore + total];
  }

  /** Those of them that must be examined; the others are counted. */
  chosen<T>(kind: 'indexes' | 'constraints', all: readonly T[], must: (one: T) => boolean): readonly T[] {
    const chosen = all.filter(must);
    this.count(kind, all.length - chosen.length, all.length - chosen.length);
    return chosen;
  }

  note(code: FindingCode, outcome: Outcome, facts: FindingFacts = {}): void {
    const { component, name, required } = this.#question;
    this.#findings.push(finding(code, outcome, { component, probe: name, required, ...facts }));
  }

  /** A thing that could not be examined. `unable` is a required doubt; an error of the backup's own functions only leaves the thing out. */
  notExamined(code: 'integrity.index-not-checked' | 'integrity.constraint-not-checked', object: string, refusal: Refusal): void {
    const required = refusal.meaning === 'unable' && this.#question.required;
    this.note(code, 'inconclusive', { object, observed: refusal.observed, required });
  }

  limit(limitation: IntegrityLimitation): void {
    this.#limitations.add(limitation);
  }

  limitations(): readonly string[] {
    return [...this.#limitations].map(id => limitations[id]);
  }

  /** Findings with the good news that the bad ones leave. */
  conclude(): readonly Finding[] {
    const [tables = 0, allTables = 0] = this.#counts.tables;
    const [indexes = 0, allIndexes = 0] = this.#counts.indexes;
    const [constraints = 0, allConstraints = 0] = this.#counts.constraints;
    const bad = this.#findings.some(found => found.required && found.outcome !== 'passed' && found.outcome !== 'skipped');
    if (allTables === 0 && !bad) this.note('integrity.nothing-read', 'inconclusive');
    else if (!bad) {
      this.note('integrity.ok', 'passed', { unit: 'tables and indexes', expected: allTables + allIndexes, observed: tables + indexes });
    }
    if (this.full && allConstraints > 0 && constraints === allConstraints) {
      this.note('integrity.constraints-hold', 'passed', { unit: 'rules', expected: allConstraints, observed: constraints });
    }
    return this.#findings;
  }
}
