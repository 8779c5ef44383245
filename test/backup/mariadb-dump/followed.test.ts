import { expect, test } from 'vitest';
import { followed } from '../../../src/backup/mariadb-dump/followed.ts';
import { readHandle } from '../../../src/backup/mariadb-dump/handle.ts';
import { ScriptScanner } from '../../../src/backup/mariadb-dump/script-scan.ts';

interface Given {
  readonly script?: string;
  readonly database?: string | null;
  readonly nameless?: boolean;
  readonly changed: readonly string[];
  readonly crossing?: boolean;
  readonly elsewhere?: boolean;
  readonly into?: string;
  readonly users?: string | null;
}

function asked({ script = '', database = 'ehr', nameless = true, changed, into = 'ehr', users = 'users.sql', ...more }: Given): string {
  const scanner = new ScriptScanner();
  scanner.push(Buffer.from(script));
  scanner.finish();
  const binlogs = {
    files: ['binlogs/000001'],
    start: 4,
    before: ['0-7-3', '1-9-2'],
    stop: null,
    lastAt: null,
    reachesTarget: true,
    schemas: { changed, crossing: false, elsewhere: false, zoned: false, ...more },
  };
  const { layout, findings } = followed(readHandle({ database, nameless, stagedBinlogs: binlogs, users }), scanner.says(), into);
  if (layout === undefined) return findings.map(({ code, outcome }) => `${code} ${outcome}`).join();
  return layout.only === null ? 'all' : `only ${layout.only}`;
}

const TWO = { script: 'USE `ehr`;\nUSE `lis`;\n', nameless: false } as const;

test.each<[string, Given, string]>([
  ['all that is in logs of one schema is replayed', { changed: ['ehr', 'mysql'] }, 'all'],
  ['of logs of more schemas only the one that was dumped is', { changed: ['ehr', 'other'] }, 'only ehr'],
  ['a schema that came back under another name is not followed', { changed: ['ehr'], into: 'ehr2' }, 'backup.unsupported inconclusive'],
  ['a dump that names its schema keeps that name', { changed: ['ehr'], script: 'USE `ehr`;\n', nameless: false, into: 'restored' }, 'all'],
  ['several schemas are replayed if the logs change no other', { ...TWO, changed: ['ehr', 'lis'] }, 'all'],
  ['several cannot be told from others', { ...TWO, changed: ['ehr', 'other'] }, 'backup.unsupported inconclusive'],
  ['one cannot be either, where statements reach across', { changed: ['ehr', 'other'], crossing: true }, 'backup.unsupported inconclusive'],
  ['statements in no schema are those of others', { changed: ['ehr'], elsewhere: true }, 'only ehr'],
  ['or of it as well', { changed: ['ehr'], elsewhere: true, crossing: true }, 'backup.unsupported inconclusive'],
  ['logs at whose place the dump was made follow it', { changed: ['ehr'], script: "-- SET GLOBAL gtid_slave_pos='0-7-3,1-9-2';\n" }, 'all'],
  [
    'logs of another history do not',
    { changed: ['ehr'], script: "-- SET GLOBAL gtid_slave_pos='0-7-2';\n" },
    'backup.binlog-foreign failed',
  ],
  ['also where it is a statement', { changed: ['ehr'], script: "SET GLOBAL gtid_slave_pos='0-8-3';\n" }, 'backup.binlog-foreign failed'],
  ['without its accounts one schema alone is replayed, whatever else is in them', { changed: ['ehr'], users: null }, 'only ehr'],
  ['a schema that the logs write otherwise cannot be told', { changed: ['EHR'] }, 'backup.unsupported inconclusive'],
  [
    'several dumps in one file have no one place',
    {
      changed: ['ehr'],
      script:
        "-- CHANGE MASTER TO MASTER_LOG_FILE='b.000001', MASTER_LOG_POS=4;\n-- CHANGE MASTER TO MASTER_LOG_FILE='b.000001', MASTER_LOG_POS=9;\n",
    },
    'backup.unsupported inconclusive',
  ],
  ['nor one whose name is not known', { database: null, changed: ['ehr'] }, 'backup.unsupported inconclusive'],
])('%s', (_, given, expected) => {
  expect(asked(given)).toBe(expected);
});
