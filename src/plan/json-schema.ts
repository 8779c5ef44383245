import { z } from 'zod';
import { planSchema } from './schema.ts';
import type { Vocabulary } from './vocabulary.ts';

/** JSON Schema of a plan, for editors (`resurgam schema plan`). The title stands at the root: an id there would hide the schema from them. */
export function planJsonSchema(vocabulary: Vocabulary): z.core.JSONSchema.BaseSchema {
  const schema = planSchema(vocabulary).meta({
    title: 'Resurgam plan',
    description: 'How one system is backed up, recovered, questioned, and what is promised for it',
  });
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
}
