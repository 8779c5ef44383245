import { finding, type Finding, type FindingCode } from '../../finding/finding.ts';

/** What restic says of bad bytes, by the finding that names the cause. The first pattern that a line matches counts. */
const SIGNS: readonly (readonly [RegExp, FindingCode])[] = [
  [/^pack [0-9a-f]+: does not exist|^Load\(<data\/.*(?:no such file|not exist|NoSuchKey)/, 'backup.files-missing'],
  [/^pack [0-9a-f]+: unexpected file size|^Load\(<data\/.*EOF/, 'backup.truncated'],
  [
    /Pack ID does not match|Blob ID does not match|contains \d+ errors|ciphertext verification failed|wrong hash|hash mismatch/,
    'backup.digest-mismatch',
  ],
  [
    /not found in (?:repository|index)|^error for tree|LoadIndex returned errors|<index\/|invalid data returned|config cannot be loaded|Unmarshal/,
    'backup.damaged',
  ],
];

/** Findings for what the lines of a check or a restore say is bad, one per cause. Packs are counted, never named. */
export function damageIn(stderr: string, probe: 'backup' | 'restore'): readonly Finding[] {
  const subjects = new Map<FindingCode, Set<string>>();
  for (const line of stderr.split('\n')) {
    const code = SIGNS.find(([sign]) => sign.test(line))?.[1];
    if (code === undefined) continue;
    const subject = /(?:pack |want |<\w+\/)([0-9a-f]{8})/.exec(line)?.[1] ?? line;
    subjects.set(code, (subjects.get(code) ?? new Set()).add(subject));
  }
  // A pack that is missing or cut is reported again when it is read.
  const explained = subjects.has('backup.files-missing') || subjects.has('backup.truncated');
  return [...subjects]
    .filter(([code]) => !explained || code !== 'backup.digest-mismatch')
    .map(([code, seen]) =>
      finding(code, 'failed', { probe, object: code === 'backup.damaged' ? 'index' : null, unit: 'packs', observed: seen.size }),
    );
}
