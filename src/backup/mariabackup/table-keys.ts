import { join } from 'node:path';
import { finding, type Finding } from '../../finding/finding.ts';
import { readFile, writeFile } from '../../system/files.ts';
import type { FetchPlace } from '../backup.ts';
import type { Restoring } from '../dump-files/read-script.ts';
import type { TableKeys } from '../mariadb-files.ts';
import { brokenBy } from '../limit.ts';
import { unknownExit } from '../opening.ts';
import { inJail, PROBE, refuseIfStopped, RESTORED_AT } from './jail.ts';
import { KEYS, readOptions } from './options.ts';
import { readStaged } from './staged.ts';

const FILE = 'keys';

/** The second jail has no credentials; the keys of its tables are what the restored system itself needs. */
export async function stageKeys({ store, staging }: FetchPlace): Promise<TableKeys | null> {
  const { encryption } = readOptions(store.section);
  if (encryption === undefined) return null;
  await writeFile(join(staging, FILE), `${store.env[KEYS] ?? ''}\n`, { mode: 0o600 });
  return { file: FILE, algorithm: encryption.algorithm ?? 'aes_cbc' };
}

/** How mariabackup says that it has no key for its log; always the first one. */
const NO_LOG_KEY = /redo log encryption key version \d+ failed/;
const LOG_KEY = 1;

/** On page 0 of an encrypted table: a mark, its kind, 17 bytes, the version and the number of the key. */
const NUMBERS = `
  local $/ = "\\0"; my @files = <STDIN>;
  for my $path (@files) {
    $path =~ s/\\0$//;
    open(my $file, "<:raw", $path) or next;
    sysread($file, my $head, 65536);
    my $at = index($head, "s\\x0e\\x0cREt");
    next if $at < 0 || !ord(substr($head, $at + 6, 1)) || !unpack("N", substr($head, $at + 24, 4));
    print "key ", unpack("N", substr($head, $at + 28, 4)), "\\n";
  }`;

/**
 * One finding for each key that is missing, whether a backup could be prepared without it or not (`said`: what mariabackup had to say). Without
 * any keys in the plan nothing is said of the backup.
 */
export async function lackOfKeys(run: Restoring, at: { readonly folder: string; readonly said: string }): Promise<readonly Finding[]> {
  const { tableKeys } = readStaged(run.staged.handle);
  const known = tableKeys === null ? [] : await numbersIn(join(run.staged.folder, tableKeys.file));
  const script = `cd ${RESTORED_AT} && find . -name "*.ibd" -type f -size +0 -print0 | perl -e '${NUMBERS}'`;
  const result = await inJail(run, { file: '/bin/sh', args: ['-c', script], mounts: [{ from: at.folder, at: RESTORED_AT }] });
  refuseIfStopped(run.stop);
  if (result.exitCode !== 0) return [brokenBy(run.target.jail.limitHit()) ?? unknownExit('perl', result)];
  const needed = [...result.stdout.matchAll(/^key (\d+)$/gm)].map(([, number]) => Number(number));
  if (NO_LOG_KEY.test(at.said)) needed.push(LOG_KEY);
  const missing = [...new Set(needed)].filter(number => !known.includes(number)).sort((a, b) => a - b);
  const outcome = tableKeys === null ? 'inconclusive' : 'failed';
  return missing.map(number => {
    const observed = needed.filter(one => one === number).length;
    return finding('restore.table-key-missing', outcome, { probe: PROBE, object: `key ${number}`, unit: 'files', observed });
  });
}

async function numbersIn(path: string): Promise<readonly number[]> {
  return [...(await readFile(path, 'latin1')).matchAll(/^\s*(\d{1,10})\s*;/gm)].map(([, number]) => Number(number));
}
