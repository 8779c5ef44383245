import { finding, type Finding, type FindingCode, type FindingFacts, type Outcome } from '../../finding/finding.ts';
import type { Row } from '../asker.ts';
import type { Question } from '../probe.ts';
import type { Refusal } from '../refusal.ts';
import { holdAgainst, type Expectation } from './expectation.ts';

/** A question that came back, with how long that took. */
export interface Asked {
  readonly question: Question;
  readonly expectation: Expectation;
  readonly latencyMs: number;
  /** What people can wait. `null`: as long as it takes. */
  readonly limitMs: number | null;
}

type Ending = 'ok' | 'unexpected' | 'object-missing' | 'error' | 'too-slow' | 'no-answer';

const OUTCOME: Readonly<Record<Ending, Outcome>> = {
  ok: 'passed',
  unexpected: 'failed',
  'object-missing': 'failed',
  error: 'failed',
  'too-slow': 'failed',
  'no-answer': 'inconclusive',
};

/** In the name of a workflow only that counts which people would notice. */
const IN_WORKFLOW: Readonly<Record<Ending, FindingCode>> = {
  ok: 'workflow.ok',
  unexpected: 'workflow.failed',
  'object-missing': 'workflow.failed',
  error: 'workflow.failed',
  'too-slow': 'workflow.too-slow',
  'no-answer': 'workflow.no-answer',
};

/** What rows mean. A right answer that comes too late is a failure: nobody waits for it. */
export function findingOfAnswer(asked: Asked, rows: readonly Row[]): Finding {
  const [row] = rows;
  if (rows.length > 1) return conclude(asked, 'no-answer', { observed: 'more than one row' });
  if (row === undefined) return conclude(asked, 'unexpected', { expected: 'an answer', observed: 'no row' });
  const { fits, expected, observed } = holdAgainst(asked.expectation, row);
  if (!fits) return conclude(asked, 'unexpected', { expected, observed });
  const late = asked.limitMs !== null && asked.latencyMs > asked.limitMs;
  return conclude(asked, late ? 'too-slow' : 'ok', { expected, observed });
}

/** What an error means: missing parts and errors of the restored system are its fault, a wrong question is the plan's. */
export function findingOfRefusal(asked: Asked, refusal: Refusal): Finding {
  const { observed, meaning } = refusal;
  if (observed === 'query-timeout' && asked.limitMs !== null) return conclude(asked, 'too-slow', {});
  switch (meaning) {
    case 'absent':
      return conclude(asked, 'object-missing', { observed });
    case 'damaged':
    case 'refused':
      return conclude(asked, 'error', { observed });
    case 'malformed':
    case 'unable':
      return conclude(asked, 'no-answer', { observed });
  }
}

function conclude(asked: Asked, ending: Ending, facts: FindingFacts): Finding {
  const { question, latencyMs, limitMs } = asked;
  const { component, name, required, workflow } = question;
  const place = { probe: name, component, required, latencyMs, limitMs, ...(workflow ? { object: name } : {}) };
  return finding(workflow ? IN_WORKFLOW[ending] : `sql.${ending}`, OUTCOME[ending], { ...facts, ...place });
}
