import { z } from 'zod';
import { durationOption } from './values.ts';
import { nameOption, textOption } from './words.ts';

const query = (what: string): z.ZodType<string, string> => textOption(what, 10_000);
const below = (what: string): z.ZodOptional<z.ZodString> =>
  z
    .string()
    .regex(/^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$)).+$/, { error: 'expected a path below the restored folder' })
    .optional()
    .describe(what);

/** What one component says must hold in another one: references that exist, or a position that is not beyond. */
export const ConsistencyKeys = z
  .strictObject({
    name: textOption('a name').optional(),
    required: z.boolean().default(true),
    of: nameOption('the name of a component').optional().describe('Which is asked. Without it: the only one that speaks SQL'),
    lag: durationOption()
      .optional()
      .describe('Recovery points are chosen so that it is not newer than what it refers to; by so much it may be. Default 0'),
    each: query('a query')
      .optional()
      .describe('Rows of a path and, if there is one, its digest (MD5, SHA-1, SHA-256 in hex); or of a value'),
    existsIn: nameOption('the name of a component').optional().describe('Where each of them must exist'),
    as: query('a query').optional().describe('Where it is one that speaks SQL: the values that are there'),
    strip: z.string().min(1).max(1000).optional().describe('Beginning of the paths of the rows that the restored files do not have'),
    below: below('Beginning of the paths of the restored files that the rows do not have'),
    digests: z
      .union([z.literal('all'), z.int().nonnegative()], { error: 'expected all, or how many files to read' })
      .default(1_000)
      .describe('How many of the files are read and held against the digests of the rows'),
    others: z
      .strictObject({ pattern: z.string().min(1).optional(), atMost: z.int().nonnegative().default(0) })
      .optional()
      .describe('Also the other way round: files (of a pattern) without a row, and how many of them may be there'),
    highest: query('a query').optional().describe('One number, such as the position of a queue'),
    notBeyond: z
      .strictObject({ component: nameOption('the name of a component'), query: query('a query') })
      .optional()
      .describe('What that position must not be beyond: one number of another component'),
  })
  .superRefine((check, context) => {
    const refuse = (path: string, message: string): void => context.addIssue({ code: 'custom', path: [path], message });
    if (check.each === undefined && check.highest === undefined) refuse('each', 'expected each and existsIn, or highest and notBeyond');
    if (check.each !== undefined && check.highest !== undefined) refuse('highest', 'either each or highest: they are two checks');
    if (check.each !== undefined && check.existsIn === undefined)
      refuse('existsIn', 'expected the component in which each of them must exist');
    if (check.highest !== undefined && check.notBeyond === undefined) refuse('notBeyond', 'expected what the position must not be beyond');
  });

export type ConsistencyInput = z.output<typeof ConsistencyKeys>;
