import { z } from 'zod';
import { componentSchema } from './component-schema.ts';
import { ConsistencyKeys } from './consistency-schema.ts';
import { workflowSchema } from './probe-schema.ts';
import { ScenarioKeys } from './scenario-schema.ts';
import {
  AllowanceKeys,
  ContractKeys,
  DriftKeys,
  EscalationKeys,
  EvidenceKeys,
  LimitsKeys,
  ScheduleKeys,
  SystemKeys,
} from './section-schema.ts';
import type { Vocabulary } from './vocabulary.ts';
import { imageOption, nameOption, oneOf, textOption, WORKFLOW_AREAS } from './words.ts';

const acceptance = 'expected a reason why weaker isolation is accepted';

/** The one source of validation, defaults, editor help and documentation of a plan: common keys and those of the adapters. */
export function planSchema(vocabulary: Vocabulary) {
  return z.strictObject({
    plan: nameOption('a name of the plan'),
    client: nameOption('the name of the client'),
    system: SystemKeys.prefault({}),
    contract: ContractKeys.prefault({}),
    allowance: AllowanceKeys.prefault({}),
    factor: z
      .number({ error: 'expected a ratio from 0.1 to 100' })
      .min(0.1)
      .max(100)
      .default(1)
      .describe('Declared ratio of production to sandbox time'),
    failureInstant: oneOf(['start', 'random']).default('start').describe('The simulated moment of loss'),
    site: nameOption('the name of a site').default('local').describe('Only workers of this site may touch the data'),
    components: z
      .record(nameOption('the name of a component'), componentSchema(vocabulary))
      .refine(components => Object.keys(components).length > 0, { error: 'expected at least one component' })
      .describe('The recoverable parts of the system'),
    consistency: z.array(ConsistencyKeys).default([]).describe('What one component says must hold in the other'),
    workflows: z.array(workflowSchema(vocabulary)).default([]).describe('The system is usable when the required ones pass: RTO stops here'),
    notApplicable: z
      .partialRecord(z.enum(WORKFLOW_AREAS), textOption('why this is not done with the system', 200))
      .default({})
      .describe('Work that is not done with this system, and why'),
    scenarios: z.array(ScenarioKeys).default([]).describe('Events to be prepared for; each can be drilled by its name'),
    schedule: ScheduleKeys.prefault({}),
    limits: LimitsKeys.prefault({}),
    sandbox: sandboxSchema(vocabulary.sandboxes).default(vocabulary.sandboxes[0] ?? 'namespace'),
    escalation: EscalationKeys.prefault({}),
    drift: DriftKeys.prefault({}),
    evidence: EvidenceKeys.prefault({}),
  });
}

export type PlanInput = z.output<ReturnType<typeof planSchema>>;

function sandboxSchema(kinds: readonly string[]): z.ZodType<SandboxInput> {
  const kind = z.enum(kinds as [string, ...string[]]);
  const accepting = z
    .strictObject({
      kind: kind.default(kinds[0] ?? 'namespace'),
      image: imageOption().optional().describe('Image over which restored programs run, of the kind container; it is never fetched'),
      accept: z.array(nameOption('the name of a weakness')).default([]).describe('Weaknesses of isolation that are accepted'),
      reason: textOption('the reason').optional(),
    })
    .superRefine((sandbox, context) => {
      if (sandbox.image !== undefined && sandbox.kind !== 'container')
        context.addIssue({
          code: 'custom',
          path: ['image'],
          message: 'an image needs `kind: container`: no other kind of sandbox has one',
        });
      if (sandbox.accept.length === 0 || sandbox.reason !== undefined) return;
      context.addIssue({ code: 'custom', path: ['reason'], message: acceptance });
    });
  return z.union([kind, accepting]);
}

type SandboxInput =
  | string
  | {
      readonly kind: string;
      readonly image?: string | undefined;
      readonly accept: readonly string[];
      readonly reason?: string | undefined;
    };
