import { z } from 'zod';
import type { ProbeSection } from './plan.ts';
import { explaining } from './explaining.ts';
import { durationOption } from './values.ts';
import type { ProbeWords, Vocabulary } from './vocabulary.ts';
import { nameOption, oneOf, textOption, WORKFLOW_AREAS, type WorkflowArea } from './words.ts';

const required = z.boolean({ error: 'expected true or false' }).default(true).describe('Whether the verdict depends on it');
const covers = oneOf(WORKFLOW_AREAS).optional().describe('What of the work with an EHR it stands for');
const probeName = textOption('a name of the question', 80);

/** A probe before names are given: `name` is undefined if the plan gives none. */
export type ProbeInput = Omit<ProbeSection, 'name'> & { readonly name: string | undefined };

/** A workflow before the only component of a plan is filled in. */
export interface WorkflowInput {
  readonly name: string;
  readonly required: boolean;
  readonly withinMs: number | null;
  readonly covers: WorkflowArea | null;
  readonly kind: string;
  readonly component: string | undefined;
  readonly options: Readonly<Record<string, unknown>>;
}

/** One entry of `probes:`, such as `- integrity: full`: the kind is a key, its options the value and the keys beside it. */
export function probeSchema(vocabulary: Vocabulary): z.ZodType<ProbeInput> {
  return oneKeyOf(vocabulary.probes.map(probeEntry));
}

/** One entry of `workflows:`: a probe in the words of the people who use the system, with the component that is asked. */
export function workflowSchema(vocabulary: Vocabulary): z.ZodType<WorkflowInput> {
  return oneKeyOf(vocabulary.probes.map(workflowEntry));
}

function probeEntry(words: ProbeWords): z.ZodType<ProbeInput> {
  const shape = { [words.kind]: words.value, ...words.beside, name: probeName.optional(), required };
  return z.strictObject(shape).transform((entry): ProbeInput => {
    const { [words.kind]: value, name, required: isRequired, ...beside } = entry as Readonly<Record<string, unknown>>;
    const options = { ...(value as Record<string, unknown>), ...beside };
    return { kind: words.kind, name: name as string | undefined, required: isRequired === true, options };
  });
}

function workflowEntry(words: ProbeWords): z.ZodType<WorkflowInput> {
  const shape = { [words.kind]: asked(words), ...words.beside, name: probeName, required, within: durationOption().optional(), covers };
  return z.strictObject(shape).transform((entry): WorkflowInput => {
    const { [words.kind]: value, name, required: isRequired, within, covers: area, ...beside } = entry as Readonly<Record<string, unknown>>;
    const { component, options } = value as { component: string | undefined; options: Record<string, unknown> };
    return {
      name: name as string,
      required: isRequired === true,
      withinMs: (within as number | undefined) ?? null,
      covers: (area as WorkflowArea | undefined) ?? null,
      kind: words.kind,
      component,
      options: { ...options, ...beside },
    };
  });
}

/** The value of a probe of this kind; if it is a mapping, it also says which component is asked. */
function asked(words: ProbeWords): z.ZodType<{ component: string | undefined; options: Record<string, unknown> }> {
  const Component = nameOption('the name of a component').optional();
  return z
    .unknown()
    .transform((value, context) => {
      const mapping = typeof value === 'object' && value !== null && !Array.isArray(value);
      const { component, ...rest } = (mapping ? value : {}) as Record<string, unknown>;
      const name = Component.safeParse(component, explaining);
      const options = words.value.safeParse(mapping ? rest : value, explaining);
      if (name.success && options.success) return { component: name.data, options: options.data };
      for (const issue of name.error?.issues ?? [])
        context.issues.push({ ...issue, path: ['component'], input: component } as z.core.$ZodRawIssue);
      for (const issue of options.error?.issues ?? []) context.issues.push({ ...issue, input: value } as z.core.$ZodRawIssue);
      return z.NEVER;
    })
    .meta({ description: `A question as under probes: ${words.kind}, with the component that is asked` });
}

/** The loader finds out which of them was meant by the key that is there. */
function oneKeyOf<T>(entries: readonly z.ZodType<T>[]): z.ZodType<T> {
  return entries.length === 0 ? z.never() : z.union(entries as [z.ZodType<T>, ...z.ZodType<T>[]]);
}
