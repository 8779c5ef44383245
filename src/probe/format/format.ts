import { z } from 'zod';
import { percentOption } from '../../plan/values.ts';
import { ServiceError } from '../../service/service.ts';
import { inPlace, type Noted } from '../noted.ts';
import type { Answer, Facts, ProbeKind, Question } from '../probe.ts';
import { refusalOf } from '../refusal.ts';
import { FORMATS } from './parse.ts';
import { Parsed, readFormats } from './read.ts';

const value = z.strictObject({
  pattern: z.string().min(1).meta({ description: 'Which files, for example "*.dcm" or "export/**/*.ndjson".' }),
  as: z.enum(FORMATS).meta({ description: 'What each of them must be.' }),
  sample: z
    .union([z.literal('all'), z.int().positive()])
    .default(500)
    .meta({ description: 'How many are parsed: all, or so many.' }),
  atLeast: percentOption().optional().meta({ description: 'Share that must parse. Default: what parsed at the last accepted drill.' }),
});

/** Whether files are what they should be: parsed as their format, and compared with the share that parsed last time. */
export const format: ProbeKind = {
  kind: 'format',
  byDefaultFor: [],
  asks: ['files', 'orthanc', 'command'],
  value: value.transform(({ atLeast, ...rest }) => ({ ...rest, atLeast: atLeast ?? null })),
  beside: {},
  defaults: {},
  ask,
  read: readFormats,
};

async function ask(question: Question, stop: AbortSignal): Promise<Answer> {
  const { pattern, as, sample } = question.options;
  try {
    const seen = await look(question, { pattern, as, sample }, stop);
    const noted = judge(question, seen, readFacts(question.baseline)[question.name]);
    return {
      findings: noted.map(one => inPlace(question, one)),
      facts: { [question.name]: seen },
      limitations: seen.judged < seen.matched ? [SAMPLED] : [],
    };
  } catch (error) {
    const { observed } = refusalOf(error);
    return { findings: [inPlace(question, { code: 'format.no-answer', outcome: 'inconclusive', facts: { observed } })] };
  }
}

const SAMPLED = 'Not every file of a format was parsed: the findings of format say how many were.';

async function look(question: Question, options: Readonly<Record<string, unknown>>, stop: AbortSignal): Promise<Parsed> {
  let seen: Parsed | undefined;
  await question.service.files?.read({ kind: 'format', options }, said => (seen = Parsed.parse(said)), stop);
  if (seen !== undefined) return seen;
  throw new ServiceError('query-failed', 'there are no files to parse', { hint: 'Report this.' });
}

function readFacts(facts: Facts | undefined): Readonly<Record<string, Parsed>> {
  const read = z.record(z.string(), Parsed).safeParse(facts);
  return read.success ? read.data : {};
}

/** Without a word of the plan and without an earlier drill, half of them must parse; with one, all but a hundredth of what parsed then. */
const FIRST_SHARE = 0.5;
const TOLERANCE = 0.01;
/** Bits per byte that the mean must have risen by to look like encryption, and where it must have come to. */
const RISE_BITS = 0.5;
const RANDOM_BITS = 7.8;

function judge({ options }: Question, seen: Parsed, before: Parsed | undefined): readonly Noted[] {
  const unit = `${String(options['as'])} files`;
  if (seen.matched === 0) return [{ code: 'format.no-files', outcome: 'failed', facts: { unit, expected: 1, observed: 0 } }];
  const said = { unit, expected: seen.judged, observed: seen.parsed };
  const share = shareOf(seen);
  const last = before === undefined ? undefined : shareOf(before);
  const least = typeof options['atLeast'] === 'number' ? options['atLeast'] : (last ?? FIRST_SHARE + TOLERANCE) - TOLERANCE;
  if (seen.judged === 0) return [{ code: 'format.no-answer', outcome: 'inconclusive', facts: { observed: 'none could be read' } }];
  if (share >= least) return [{ code: 'format.ok', outcome: 'passed', facts: said }, ...(share < 1 ? [broken(said, false)] : [])];
  const encrypted = before !== undefined && seen.entropy > RANDOM_BITS && seen.entropy > before.entropy + RISE_BITS;
  return [
    broken(said, true),
    ...(encrypted
      ? [{ code: 'format.look-encrypted', outcome: 'failed', facts: { unit, expected: before.entropy, observed: seen.entropy } } as const]
      : []),
  ];
}

function broken(said: Noted['facts'], required: boolean): Noted {
  return { code: 'format.broken', outcome: 'failed', facts: { ...said, required } };
}

function shareOf({ parsed, judged }: Parsed): number {
  return judged === 0 ? 0 : parsed / judged;
}
