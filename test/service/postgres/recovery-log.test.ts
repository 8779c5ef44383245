import { expect, test } from 'vitest';
import { findingOfEnd } from '../../../src/service/postgres/recovery-end.ts';
import { RecoveryLog } from '../../../src/service/postgres/recovery-log.ts';

/** The first complaint is the cause; what follows comes of it. */
const CONSEQUENCE = '@resurgam XX000 8 FATAL:  a consequence\n';

test.each([
  ['XX000 7 FATAL:  could not locate required checkpoint record', 'backup.wal-missing failed'],
  ['F0000 7 FATAL:  recovery ended before configured recovery target was reached', 'restore.target-not-reached failed'],
  ['22023 7 FATAL:  recovery aborted because of insufficient parameter settings', 'restore.settings-too-low inconclusive'],
  ['XX001 7 PANIC:  something that is damaged', 'restore.server-refuses failed'],
  ['53200 7 FATAL:  out of memory', 'restore.server-refuses inconclusive'],
  ['57P03 7 FATAL:  the database system is starting up', 'service.died inconclusive'],
])('a server that ends with “%s” says %s', (line, expected) => {
  const log = new RecoveryLog();
  log.take(Buffer.from(`@resurgam ${line}\n${line.startsWith('57') ? '' : CONSEQUENCE}`));

  const { code, outcome } = findingOfEnd(log);

  expect(`${code} ${outcome}`).toBe(expected);
});
