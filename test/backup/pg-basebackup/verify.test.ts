import { expect, test } from 'vitest';
import { complaints } from '../../../src/backup/pg-basebackup/verify.ts';

const said = (text: string): readonly string[] =>
  complaints(text).map(({ code, outcome, required, observed }) => `${code} ${outcome} ${String(required)} ${String(observed)}`);

test.each([
  ['pg_verifybackup: error: checksum mismatch for file "base/5/16384"', ['backup.digest-mismatch failed true 1']],
  ['pg_verifybackup: error: "base/5/16384" is present in the manifest but not on disk', ['backup.files-missing failed true 1']],
  [
    'pg_waldump: error: could not find any WAL file\npg_verifybackup: error: WAL parsing failed for timeline 1',
    ['backup.wal-missing failed true 1'],
  ],
  ['pg_verifybackup: error: "stray" is present on disk but not in the manifest', ['backup.extra-files skipped false 1']],
  ['pg_verifybackup: error: something new', []],
])('%s', (text, expected) => {
  expect(said(text)).toEqual(expected);
});
