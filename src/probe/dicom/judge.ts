import type { FindingCode, FindingFacts } from '../../finding/finding.ts';
import type { Noted } from '../noted.ts';
import type { DicomFacts, DicomOptions, Seen } from './seen.ts';

const bad = (code: FindingCode, facts: FindingFacts): Noted => ({ code, outcome: 'failed', facts });

/** Whether enough is there: by the plan, and against the last accepted drill. */
export function judgeAmount(now: DicomFacts, before: DicomFacts | undefined, { atLeast, fewer }: DicomOptions): readonly Noted[] {
  const few =
    atLeast !== null && now.studies < atLeast ? [bad('dicom.too-few', { unit: 'studies', expected: atLeast, observed: now.studies })] : [];
  const gone = (unit: keyof DicomFacts): readonly Noted[] =>
    before === undefined || now[unit] >= before[unit] * (1 - fewer)
      ? []
      : [bad('dicom.fewer', { unit, expected: before[unit], observed: now[unit] })];
  return [...empty(now), ...few, ...gone('studies'), ...gone('images')];
}

/** A server over nothing answers as well as any other: an archive without a study or without an image is none. */
function empty(now: DicomFacts): readonly Noted[] {
  const unit = (['studies', 'images'] as const).find(one => now[one] === 0);
  return unit === undefined ? [] : [bad('dicom.empty', { unit, observed: 0 })];
}

/** Images against the index, and as pictures. */
export function judgeImages({ pictures, came }: Seen, { undecodable }: DicomOptions): readonly Noted[] {
  const { all, verified, missing, altered, unverified, tried, damaged, untold } = pictures;
  const noted: Noted[] = [];
  const facts = (observed: number, expected: number): FindingFacts => ({ unit: 'images', expected, observed });
  if (missing > 0) noted.push(bad('dicom.images-missing', facts(missing, verified)));
  if (altered > 0) noted.push(bad('dicom.images-altered', facts(altered, verified)));
  // Whoever wants none of them compared says so in the plan (`verify: 0`): what was tried in vain is an open question.
  if (unverified > 0)
    noted.push({ code: 'dicom.images-unverified', outcome: 'inconclusive', facts: facts(unverified, verified + unverified) });
  // A few are beyond decoding in healthy archives too: what is within the share is a note.
  if (damaged > 0) noted.push(bad('dicom.images-undecodable', { ...facts(damaged, tried), required: damaged > tried * undecodable }));
  if (untold > 0) noted.push({ code: 'dicom.images-untold', outcome: 'skipped', facts: { ...facts(untold, all), required: false } });
  if (missing + altered === 0 && verified > 0)
    noted.push({ code: 'dicom.images-verified', outcome: 'passed', facts: facts(verified, all) });
  // Whether a workstation would get more of it with other compressions is not known: the images themselves decide.
  if (came !== undefined && came.study.images !== null && came.received < came.study.images)
    noted.push({
      code: 'dicom.fetch-incomplete',
      outcome: 'inconclusive',
      facts: { ...facts(came.received, came.study.images), required: false },
    });
  return noted;
}
