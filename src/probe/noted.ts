import { finding, type Finding, type FindingCode, type FindingFacts, type Outcome } from '../finding/finding.ts';
import type { Question } from './probe.ts';

/** A finding before it knows which component and probe it is of. */
export interface Noted {
  readonly code: FindingCode;
  readonly outcome: Outcome;
  readonly facts: FindingFacts;
}

/** The finding of this question. What is only worth a note stays one. */
export function inPlace({ name, component, required }: Question, { code, outcome, facts }: Noted): Finding {
  return finding(code, outcome, { ...facts, probe: name, component, required: required && facts.required !== false });
}
