import type { SaidOfFiles } from '../../backup/restored-files.ts';
import type { FindingCode, FindingFacts } from '../../finding/finding.ts';
import type { Noted } from '../noted.ts';
import type { Seen } from './seen.ts';

/** What the plan says that must be there. */
export interface Wanted {
  readonly atLeast: number | null;
  readonly leastBytes: number | null;
}

const bad = (code: FindingCode, facts: FindingFacts): Noted => ({ code, outcome: 'failed', facts });

/** Whether enough is there, by the plan. */
export function judgeAmount({ totals }: Seen, { atLeast, leastBytes }: Wanted): readonly Noted[] {
  if (totals.files === 0) return [bad('files.none', { unit: 'files', expected: Math.max(1, atLeast ?? 1), observed: 0 })];
  const noted: Noted[] = [];
  if (atLeast !== null && totals.files < atLeast)
    noted.push(bad('files.too-few', { unit: 'files', expected: atLeast, observed: totals.files }));
  if (leastBytes !== null && totals.bytes < leastBytes)
    noted.push(bad('files.too-small', { unit: 'bytes', expected: leastBytes, observed: totals.bytes }));
  return noted;
}

/** What came back against what the backup says of itself. */
export function judgeSaid({ totals, listed, noList }: Seen, said: SaidOfFiles): readonly Noted[] {
  const noted: Noted[] = [];
  if (said.files !== null && totals.files < said.files)
    noted.push(bad('files.fewer-than-backup', { unit: 'files', expected: said.files, observed: totals.files }));
  if (said.bytes !== null && totals.bytes < said.bytes && noted.length === 0)
    noted.push(bad('files.fewer-than-backup', { unit: 'bytes', expected: said.bytes, observed: totals.bytes }));
  if ((said.attributed ?? 0) > 0 && totals.attributed !== null && totals.attributed < (said.attributed ?? 0))
    noted.push(bad('files.attributes-lost', { required: false, unit: 'files', expected: said.attributed, observed: totals.attributed }));
  if (noList) noted.push(bad('files.list-missing', {}));
  if (listed === undefined) return noted;
  if (listed.missing > 0) noted.push(bad('files.missing', { unit: 'files', expected: listed.listed, observed: listed.missing }));
  if (listed.differ > 0) noted.push(bad('files.differ', { unit: 'files', expected: listed.compared, observed: listed.differ }));
  if (listed.missing + listed.differ === 0)
    noted.push({
      code: 'files.as-listed',
      outcome: 'passed',
      facts: { unit: 'files', expected: listed.listed, observed: listed.compared },
    });
  return noted;
}

/** Whether something came back that the plan forbids by its digest. */
export function judgeForbidden({ digests: { forbidden } }: Seen): readonly Noted[] {
  return forbidden === 0 ? [] : [bad('files.forbidden', { unit: 'files', expected: 0, observed: forbidden })];
}

/** What is worth knowing of links and of files that cannot be read. */
export function judgeTree({ totals, digests }: Seen): readonly Noted[] {
  const note = (code: FindingCode, observed: number, unit: string): readonly Noted[] =>
    observed === 0 ? [] : [bad(code, { required: false, unit, expected: 0, observed })];
  return [
    ...note('files.unreadable', totals.unreadable + digests.failed, 'files'),
    ...note('files.links-dangling', totals.dangling, 'links'),
    ...note('files.links-outside', totals.leadOut, 'links'),
  ];
}
