import type { Client } from './client.ts';
import type { Plan } from './plan.ts';
import type { Vocabulary } from './vocabulary.ts';

/** What the second pass looks at. `client` is undefined if no client.yaml stands beside the plan; `plan` has the product's defaults then. */
export interface Linted {
  readonly plan: Plan;
  readonly client: Client | undefined;
  readonly vocabulary: Vocabulary;
}
