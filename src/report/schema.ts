import { z } from 'zod';
import { PrintedDrill } from '../evidence/record.ts';

/** JSON Schema (2020-12) of what `resurgam drill --json` prints; shown by `resurgam schema drill`. */
export function drillJsonSchema(): Record<string, unknown> {
  return {
    $id: 'https://resurgam.dev/schema/drill-record/v1',
    title: 'Resurgam drill record, with its place in the ledger',
    ...z.toJSONSchema(PrintedDrill),
  };
}
