import { z } from 'zod';
import { saidOfFiles } from '../../backup/restored-files.ts';
import { percentOption, sizeOption } from '../../plan/values.ts';
import { inPlace, type Noted } from '../noted.ts';
import type { Answer, ProbeKind, Question } from '../probe.ts';
import { refusalOf } from '../refusal.ts';
import { compareWithLast } from './compare.ts';
import { factsOf, readFacts, type FilesFacts } from './facts.ts';
import { judgeAmount, judgeForbidden, judgeSaid, judgeTree } from './judge.ts';
import { readTree, SAMPLED } from './read.ts';
import { look, type Seen } from './seen.ts';

const MOST_FORBIDDEN = 10_000;

const value = z.strictObject({
  atLeast: z.int().positive().optional().meta({ description: 'So many files must come back.' }),
  changed: percentOption().optional().meta({ description: 'Share of the files of the last accepted drill that may be gone or altered.' }),
  size: z.strictObject({ atLeast: sizeOption() }).optional().meta({ description: 'So many bytes must come back.' }),
  digests: z
    .union([z.literal('all'), z.int().nonnegative()], { error: 'expected all, or how many files to read' })
    .default(SAMPLED)
    .meta({ description: 'How many files are read to their end: all, or a sample of so many.' }),
  list: z
    .string()
    .regex(/^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$)).+$/, { error: 'expected a path below the restored folder' })
    .optional()
    .meta({ description: 'A list of digests among the restored files, as sha256sum writes it.' }),
  forbidden: z
    .array(
      z
        .string()
        .regex(/^[0-9a-f]{64}$/i, { error: 'expected a SHA-256 digest: 64 hexadecimal digits' })
        .toLowerCase(),
    )
    .max(MOST_FORBIDDEN)
    .default([])
    .meta({ description: 'SHA-256 digests of files that must not come back, such as known malware. Every file is read for it.' }),
});

/** What a restored tree holds: counted, read, and compared with what the backup says of itself and with the last accepted drill. */
export const files: ProbeKind = {
  kind: 'files',
  byDefaultFor: ['files'],
  asks: ['files', 'orthanc', 'command'],
  value: value.transform(({ atLeast, changed, size, digests, list, forbidden }) => ({
    ...{ atLeast: atLeast ?? null, changed: changed ?? null, leastBytes: size?.atLeast ?? null, digests, list: list ?? null, forbidden },
  })),
  beside: {},
  defaults: { atLeast: null, changed: null, leastBytes: null, digests: SAMPLED, list: null, forbidden: [] },
  ask,
  read: readTree,
};

async function ask(question: Question, stop: AbortSignal): Promise<Answer> {
  const said = saidOfFiles(question.says);
  const { digests, list, forbidden } = question.options;
  try {
    const seen = await look(question, { digests, list: list ?? said.digests, forbidden }, stop);
    const facts = factsOf(seen, text => question.pseudonym(text));
    const noted = judge(question, seen, facts);
    return { findings: noted.map(one => inPlace(question, one)), facts, limitations: limitations(question, seen) };
  } catch (error) {
    const { observed } = refusalOf(error);
    return { findings: [inPlace(question, { code: 'files.no-answer', outcome: 'inconclusive', facts: { observed } })] };
  }
}

function judge(question: Question, seen: Seen, facts: FilesFacts): readonly Noted[] {
  const number = (name: string): number | null => (typeof question.options[name] === 'number' ? question.options[name] : null);
  const before = readFacts(question.baseline);
  const noted = [
    ...judgeAmount(seen, { atLeast: number('atLeast'), leastBytes: number('leastBytes') }),
    ...judgeSaid(seen, saidOfFiles(question.says)),
    ...(before === undefined || seen.totals.files === 0 ? [] : compareWithLast(facts, before, number('changed'))),
    ...judgeForbidden(seen),
    ...judgeTree(seen),
  ];
  const isBad = noted.some(({ outcome, facts: { required = true } }) => outcome === 'failed' && required);
  const { files: count } = seen.totals;
  const read: Noted = { code: 'files.read', outcome: 'passed', facts: { unit: 'files', expected: count, observed: seen.digests.read } };
  return [...(isBad ? [] : [ok(seen)]), ...(seen.digests.read > 0 ? [read] : []), ...noted];
}

function ok({ totals }: Seen): Noted {
  return { code: 'files.ok', outcome: 'passed', facts: { unit: 'files', observed: totals.files } };
}

function limitations({ baseline }: Question, { totals, digests }: Seen): readonly string[] {
  const unread = totals.files - digests.read - digests.failed;
  return [
    ...(readFacts(baseline) === undefined ? [NO_BASELINE] : []),
    ...(unread > 0 ? [NOT_ALL_READ] : []),
    ...(totals.attributed === null ? [NO_ATTRIBUTES] : []),
    OWNERS,
  ];
}

const NO_BASELINE = 'There is no earlier accepted drill of these files to compare with.';
const NOT_ALL_READ = 'Not every restored file was read to its end: the finding files.read says how many were.';
const NO_ATTRIBUTES = 'Extended attributes and access lists were not counted: getfattr (package attr) is not installed.';
const OWNERS = 'Owners of files are not given back in the sandbox: everything there belongs to one user.';
