import { dirname } from 'node:path';
import { Client, defaultClient } from './client.ts';
import { explaining } from './explaining.ts';
import { problemsOf } from './issue.ts';
import { lintClient } from './lint-people.ts';
import { lintPlan } from './lint.ts';
import type { Plan, Problem } from './plan.ts';
import type { Remark } from './remark.ts';
import { planSchema } from './schema.ts';
import { toPlan } from './to-plan.ts';
import { withPlanFolder } from './values.ts';
import type { Vocabulary } from './vocabulary.ts';
import { readYaml, type SourceFile, type YamlText } from './yaml.ts';

export type { SourceFile } from './yaml.ts';

/** What came of one plan file. There is a plan exactly if no problem is an error. */
export interface LoadedPlan {
  readonly file: string;
  /** As the file says it, also of a plan with errors; undefined if that could not be read. */
  readonly name: string | undefined;
  readonly plan?: Plan;
  readonly problems: readonly Problem[];
}

export interface LoadedClient {
  readonly client?: Client;
  readonly problems: readonly Problem[];
}

/**
 * A plan from the bytes of its file: the schema first, then the rules of meaning; all problems of a pass at once. Pure. `source.file` is
 * shown in problems and its folder is where relative paths count from. Without a client (no client.yaml) the defaults hold.
 */
export function loadPlan(source: SourceFile, vocabulary: Vocabulary, client?: Client): LoadedPlan {
  const { file } = source;
  const { yaml, problems } = readYaml(source);
  if (yaml === undefined) return { file, name: undefined, problems };
  const name = nameOf(yaml.value);
  const parsed = withPlanFolder(dirname(file), () => schemaOf(vocabulary).safeParse(yaml.value, explaining));
  if (!parsed.success) return { file, name, problems: problemsOf(parsed.error.issues, yaml) };
  const plan = toPlan(parsed.data, source, { client: client ?? defaultClient(parsed.data.client), vocabulary });
  const remarks = placed(lintPlan({ plan, client, vocabulary }), yaml);
  return hasError(remarks) ? { file, name, problems: remarks } : { file, name, plan, problems: remarks };
}

/** A client from the bytes of its client.yaml. Pure; there is a client exactly if no problem is an error. */
export function loadClient(source: SourceFile): LoadedClient {
  const { yaml, problems } = readYaml(source);
  if (yaml === undefined) return { problems };
  const parsed = withPlanFolder(dirname(source.file), () => Client.safeParse(yaml.value, explaining));
  if (!parsed.success) return { problems: problemsOf(parsed.error.issues, yaml) };
  const remarks = placed(lintClient(parsed.data), yaml);
  return hasError(remarks) ? { problems: remarks } : { client: parsed.data, problems: remarks };
}

export function hasError(problems: readonly Problem[]): boolean {
  return problems.some(problem => problem.severity === 'error');
}

const schemas = new WeakMap<Vocabulary, ReturnType<typeof planSchema>>();

/** Making the schema takes longer than reading a plan with it. */
function schemaOf(vocabulary: Vocabulary): ReturnType<typeof planSchema> {
  const schema = schemas.get(vocabulary) ?? planSchema(vocabulary);
  schemas.set(vocabulary, schema);
  return schema;
}

/** Problems of the second pass, in the order of the file. */
function placed(remarks: readonly Remark[], yaml: YamlText): readonly Problem[] {
  return remarks
    .map(({ path, severity, message, hint }) => yaml.problemAt(path, { severity, message, hint }))
    .sort((a, b) => a.line - b.line || a.column - b.column);
}

function nameOf(value: unknown): string | undefined {
  const name = typeof value === 'object' && value !== null && 'plan' in value ? value.plan : undefined;
  return typeof name === 'string' ? name : undefined;
}
