import { z } from 'zod';
import { percentOption } from '../../plan/values.ts';
import { inPlace, type Noted } from '../noted.ts';
import type { Answer, ProbeKind, Question } from '../probe.ts';
import { refusalOf } from '../refusal.ts';
import { judgeAmount, judgeImages } from './judge.ts';
import { DicomFacts, type DicomOptions, type Seen } from './seen.ts';
import { lookAtImages } from './images.ts';
import { asWorkflow } from './workflow.ts';

const USUAL: DicomOptions = { atLeast: null, fewer: 0.1, verify: 1_000, decode: 20, undecodable: 0.05 };

const value = z.strictObject({
  atLeast: z.int().positive().optional().meta({ description: 'So many studies must be found.' }),
  fewer: percentOption().optional().meta({ description: 'Share of the images of the last accepted drill that may be gone. Default 10 %.' }),
  verify: z
    .union([z.literal('all'), z.int().nonnegative()], { error: 'expected all, or how many images to verify' })
    .optional()
    .meta({ description: 'How many images are read and compared with their digest in the index: all, or so many. Default 1000.' }),
  decode: z.int().nonnegative().optional().meta({ description: 'Of how many images a picture is made. Default 20.' }),
  undecodable: percentOption()
    .optional()
    .meta({ description: 'Share of those that may be beyond decoding, as in the source. Default 5 %.' }),
});

/** An archive of images as a workstation sees it (C-ECHO, C-FIND, C-GET), and its images against its index, one by one. */
export const dicom: ProbeKind = {
  kind: 'dicom',
  byDefaultFor: ['orthanc'],
  asks: ['orthanc'],
  value: z.union([z.literal('all').transform(() => ({ ...USUAL, verify: 'all' as const })), value.transform(withUsual)], {
    error: 'expected all, or what must be there: { atLeast, fewer, verify, decode, undecodable }',
  }),
  beside: {},
  defaults: { ...USUAL },
  ask,
};

function withUsual(given: z.output<typeof value>): Record<string, unknown> {
  return { ...USUAL, ...Object.fromEntries(Object.entries(given).filter(([, one]) => one !== undefined)) };
}

async function ask(question: Question, stop: AbortSignal): Promise<Answer> {
  const { images } = question.service;
  if (images === undefined) throw new Error('the service has no images');
  const options = question.options as unknown as DicomOptions;
  if (question.workflow === true) return { findings: [await asWorkflow(question, images, stop)] };
  try {
    const echoMs = await images.echo(stop);
    if (echoMs === null) return { findings: [inPlace(question, { code: 'dicom.no-echo', outcome: 'failed', facts: {} })] };
    const found = await images.studies(stop);
    const pictures = await lookAtImages(question, options, stop);
    const [first] = [...found.studies].sort((a, b) => question.pseudonym(a.uid).localeCompare(question.pseudonym(b.uid)));
    const came = first === undefined ? undefined : { study: first, ...(await images.retrieve(first.uid, stop)) };
    const seen: Seen = { echoMs, studies: found.studies.length, pictures, came };
    return answerOf(question, seen, options);
  } catch (error) {
    const { observed } = refusalOf(error);
    return { findings: [inPlace(question, { code: 'dicom.no-answer', outcome: 'inconclusive', facts: { observed } })] };
  }
}

function answerOf(question: Question, seen: Seen, options: DicomOptions): Answer {
  const facts = { studies: seen.studies, images: seen.pictures.all };
  const before = DicomFacts.safeParse(question.baseline);
  const noted = [...judgeAmount(facts, before.success ? before.data : undefined, options), ...judgeImages(seen, options)];
  const isBad = noted.some(({ outcome, facts: { required = true } }) => outcome === 'failed' && required);
  const ok: Noted = { code: 'dicom.ok', outcome: 'passed', facts: { unit: 'studies', observed: seen.studies, latencyMs: seen.echoMs } };
  const limitations = [
    ...(before.success ? [] : ['There is no earlier accepted drill of this archive to compare with.']),
    ...(seen.pictures.verified < seen.pictures.all
      ? ['Not every image was compared with its digest: the finding dicom.images-verified says how many were.']
      : []),
  ];
  return { findings: [...(isBad ? [] : [ok]), ...noted].map(one => inPlace(question, one)), facts, limitations };
}
