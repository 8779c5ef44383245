import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { list } from '../../../src/backup/mariabackup/list.ts';
import type { StoreAccess } from '../../../src/backup/backup.ts';

let store: string;
beforeEach(async () => {
  store = await mkdtemp('/tmp/rsg-mariabackup-list-');
});
afterEach(() => rm(store, { recursive: true, force: true }));

const CHECKPOINTS = 'backup_type = full-backuped\nfrom_lsn = 0\nto_lsn = 100\nlast_lsn = 110\n';
const MINUTE_MS = 60_000;

/** A folder as mariabackup leaves it; without `checkpoints` as it is until the backup ends. */
async function put(
  name: string,
  { minutesAgo = 0, checkpoints = CHECKPOINTS }: { minutesAgo?: number; checkpoints?: string } = {},
): Promise<void> {
  const files = { ibdata1: 'pages', 'ehr/t.ibd': 'pages', ...(checkpoints === '' ? {} : { xtrabackup_checkpoints: checkpoints }) };
  const at = new Date(Date.now() - minutesAgo * MINUTE_MS);
  await mkdir(join(store, name, 'ehr'), { recursive: true });
  for (const [file, text] of Object.entries(files)) {
    await writeFile(join(store, name, file), text);
    await utimes(join(store, name, file), at, at);
  }
}

async function listed(): Promise<readonly string[]> {
  const none = { atLeast: null, offSite: null, locked: null };
  const size = { atLeastBytes: null, shrink: null, grow: null };
  const access: StoreAccess = {
    section: { tool: 'mariabackup', job: null, size, copies: none, encrypted: 'optional', options: { from: store } },
    env: {},
    pseudonym: text => Buffer.from(text).toString('hex').padEnd(64, '0'),
    now: () => new Date().toISOString(),
  };
  const { points, findings } = await list(access, new AbortController().signal);
  return [`${points.length} points`, ...findings.map(({ code, outcome, required }) => `${code} ${outcome}${required ? '' : ' (note)'}`)];
}

test('a backup that is still being written is left alone', async () => {
  await put('monday', { minutesAgo: 1_000 });
  await put('tuesday', { checkpoints: '' });

  expect(await listed()).toEqual(['1 points', 'backup.in-progress skipped (note)']);
});

test('a backup that was begun and given up is none', async () => {
  await put('monday', { minutesAgo: 1_000 });
  await put('tuesday', { minutesAgo: 60, checkpoints: '' });

  expect(await listed()).toEqual(['1 points', 'backup.newer-incomplete failed']);
});

test('an increment without its base is no backup in the making', async () => {
  await put('monday', { minutesAgo: 1_000 });
  await put('tuesday', { checkpoints: 'backup_type = incremental\nfrom_lsn = 500\nto_lsn = 600\nlast_lsn = 610\n' });

  expect(await listed()).toEqual(['1 points', 'backup.newer-incomplete failed']);
});

test('a database that is a link out of the store is said to be unread', async () => {
  await put('monday', { minutesAgo: 2_000 });
  await put('tuesday', { minutesAgo: 1_000 });
  await symlink('/usr/share', join(store, 'tuesday/billing'));

  expect(await listed()).toEqual(['2 points', 'backup.unreadable inconclusive']);
});

test('of an older backup that is a note', async () => {
  await put('monday', { minutesAgo: 2_000 });
  await put('tuesday', { minutesAgo: 1_000 });
  await symlink('/usr/share', join(store, 'monday/billing'));

  expect(await listed()).toEqual(['2 points', 'backup.unreadable inconclusive (note)']);
});
