import { z } from 'zod';
import { durationOption } from '../../plan/values.ts';
import { finding, type Finding, type FindingCode, type FindingFacts, type Outcome } from '../../finding/finding.ts';
import type { HttpAnswer } from '../../service/service.ts';
import { ServiceError } from '../../service/service.ts';
import type { ProbeKind, Question } from '../probe.ts';
import { heldAt, type Wanted } from './content.ts';

/** How long an answer is waited for, so that a slow one is told from none. */
const LONGEST_MS = 600_000;

const scalar = z.union([z.string(), z.number(), z.boolean()], { error: 'expected a number, a text, true or false' });
const value = z.strictObject({
  get: z.string().regex(/^\/[^\s]*$/, { error: 'expected a path such as /login' }),
  status: z.int().min(100).max(599).default(200).meta({ description: 'Status that the answer must have. Redirections are not followed.' }),
  contains: z.string().min(1).optional().meta({ description: 'Text that must be in the answer.' }),
  json: z
    .record(z.string().min(1), z.union([scalar, z.strictObject({ atLeast: z.number() })]))
    .optional()
    .meta({
      description: 'What the answer must hold as JSON, by path such as CountStudies or patients.0.name: a value, or { atLeast: … }.',
    }),
});

/** A request to a restored application, inside its jail. What it answers is compared and never recorded, but for numbers. */
export const http: ProbeKind = {
  kind: 'http',
  byDefaultFor: [],
  asks: ['orthanc', 'command'],
  value: value.transform(given => ({ ...given })),
  beside: { within: durationOption().optional() },
  defaults: {},
  ask: async (question, stop) => ({ findings: [await asked(question, stop)] }),
};

async function asked(question: Question, stop: AbortSignal): Promise<Finding> {
  const { get, status, contains, json } = question.options as unknown as z.output<typeof value>;
  const { http: application } = question.service;
  if (application === undefined) throw new Error('the service has no http');
  const answer = await application.ask({ path: get, timeLimitMs: LONGEST_MS }, stop);
  if (stop.aborted) throw new ServiceError('stopped', 'the question was stopped', { hint: 'Run the drill again.' });
  const end = (ending: Ending, facts: FindingFacts = {}): Finding => conclude({ question, answer }, ending, facts);
  if (answer.status === null) return end('no-answer', { observed: answer.timedOut ? 'time limit' : 'connection broke' });
  if (answer.status !== status) return end('status', { expected: status, observed: answer.status });
  const missing = heldAt(answer.body, { contains, json } satisfies Wanted);
  if (missing !== undefined) return end(answer.cut ? 'no-answer' : 'content', answer.cut ? { observed: 'answer too long' } : missing);
  const limitMs = limitOf(question);
  return end(limitMs !== null && answer.latencyMs > limitMs ? 'too-slow' : 'ok');
}

type Ending = 'ok' | 'status' | 'content' | 'too-slow' | 'no-answer';
const OUTCOME: Readonly<Record<Ending, Outcome>> = {
  ...{ ok: 'passed', status: 'failed', content: 'failed', 'too-slow': 'failed', 'no-answer': 'inconclusive' },
};

function codeOf(ending: Ending, workflow: boolean): FindingCode {
  if (!workflow) return `http.${ending}`;
  return ending === 'status' || ending === 'content' ? 'workflow.failed' : `workflow.${ending}`;
}

function conclude(at: { readonly question: Question; readonly answer: HttpAnswer }, ending: Ending, facts: FindingFacts): Finding {
  const { name, component, required, workflow = false } = at.question;
  const place = { probe: name, component, required, latencyMs: at.answer.latencyMs, limitMs: limitOf(at.question) };
  return finding(codeOf(ending, workflow), OUTCOME[ending], { ...facts, ...(workflow ? { object: name } : {}), ...place });
}

function limitOf({ limitMs, options }: Question): number | null {
  return limitMs ?? (typeof options['within'] === 'number' ? options['within'] : null);
}
