import type { FindingCode, FindingFacts } from '../../finding/finding.ts';
import type { Noted } from '../noted.ts';
import type { FilesFacts } from './facts.ts';

/** Without a word of the plan: so much may be gone before we say that something is wrong. */
const USUAL_GONE = 0.5;
/** A folder of fewer files may be emptied any day. */
const LARGE_FOLDER = 20;
/** Fewer files than these say nothing about a share of them. */
const FEW = 20;
/** Bits per byte: text, images and documents have less than the first; what was encrypted has more than the second. */
const ORDERLY_BITS = 7.2;
const RANDOM_BITS = 7.9;
const ENCRYPTED_SHARE = 0.2;

/** Files now against those of the last accepted drill. `changed`: the share that the plan allows to go or to be altered; `null`: it says nothing. */
export function compareWithLast(now: FilesFacts, before: FilesFacts, changed: number | null): readonly Noted[] {
  const gone = changed ?? USUAL_GONE;
  const known = knownAgain(now, before);
  const fewer = now.files < before.files * (1 - gone);
  const bad = (code: FindingCode, facts: FindingFacts): Noted => ({ code, outcome: 'failed', facts });
  const noted: Noted[] = [];
  if (fewer) noted.push(bad('files.fewer', { unit: 'files', expected: before.files, observed: now.files }));
  if (known.looked >= FEW && known.gone > known.looked * gone)
    noted.push(bad('files.gone', { unit: 'files', expected: known.looked, observed: known.gone }));
  const shrunk = now.bytes < before.bytes * (1 - gone) && !fewer;
  if (shrunk) noted.push(bad('files.fewer-bytes', { unit: 'bytes', expected: before.bytes, observed: now.bytes }));
  if (known.encrypted >= Math.max(FEW / 4, known.compared * ENCRYPTED_SHARE))
    noted.push(bad('files.look-encrypted', { unit: 'files', expected: known.compared, observed: known.encrypted }));
  if (changed !== null && known.compared > 0 && known.altered > known.compared * changed)
    noted.push(bad('files.altered', { unit: 'files', expected: known.compared, observed: known.altered }));
  return [...noted, ...folders(now, before, changed !== null), ...marks(now, before)];
}

interface Known {
  /** Files of the last sample that must be in this one too, if they are there. */
  readonly looked: number;
  readonly gone: number;
  /** Those that were read both times. */
  readonly compared: number;
  readonly altered: number;
  readonly encrypted: number;
}

/** Both samples are the first of one order. New files may have pushed the last ones of the old sample out: what lies behind the last that is known again is not judged. */
function knownAgain(now: FilesFacts, before: FilesFacts): Known {
  const current = new Map(now.sample.map(one => [one[0], one]));
  const last = before.sample.findLastIndex(([path]) => current.has(path));
  const complete = now.files <= now.sample.length || last < 0;
  const looked = complete ? before.sample : before.sample.slice(0, last + 1);
  const pairs = looked.flatMap(old => {
    const found = current.get(old[0]);
    return found === undefined ? [] : [{ old, found }];
  });
  const compared = pairs.filter(({ old, found }) => old[1] !== null && found[1] !== null);
  const altered = compared.filter(({ old, found }) => old[1] !== found[1]);
  const encrypted = altered.filter(({ old, found }) => old[2] < ORDERLY_BITS && found[2] > RANDOM_BITS);
  return {
    ...{ looked: looked.length, gone: looked.length - pairs.length },
    ...{ compared: compared.length, altered: altered.length, encrypted: encrypted.length },
  };
}

/** Folders that held many files and hold none now: a mount that was not there, or an exclusion too many. */
function folders(now: FilesFacts, before: FilesFacts, required: boolean): readonly Noted[] {
  const large = Object.entries(before.folders).filter(([, [files]]) => files >= LARGE_FOLDER);
  const gone = large.filter(([token]) => now.folders[token] === undefined).length;
  if (gone === 0) return [];
  return [{ code: 'files.folders-gone', outcome: 'failed', facts: { required, unit: 'folders', expected: large.length, observed: gone } }];
}

/** What lies beside the bytes of files, and gets lost without anybody noticing. */
function marks(now: FilesFacts, before: FilesFacts): readonly Noted[] {
  const noted: Noted[] = [];
  const note = (code: FindingCode, facts: FindingFacts): void =>
    void noted.push({ code, outcome: 'failed', facts: { required: false, ...facts } });
  if ((before.attributed ?? 0) > 0 && now.attributed === 0)
    note('files.attributes-lost', { unit: 'files', expected: before.attributed, observed: 0 });
  if (before.executable > 0 && now.executable === 0) note('files.modes-lost', { unit: 'files', expected: before.executable, observed: 0 });
  const holes = (of: FilesFacts): number => Math.max(0, of.bytes - of.allocated);
  if (holes(before) > before.bytes / 10 && holes(now) < holes(before) / 10)
    note('files.holes-filled', { unit: 'bytes', expected: before.allocated, observed: now.allocated });
  return noted;
}
