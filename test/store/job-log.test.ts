import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openHome, type Home } from '../../src/store/home.ts';
import { keepJobLog } from '../../src/store/job-log.ts';
import { readToolLog, saveToolLog } from '../../src/store/tool-log.ts';

const NOW = '2026-11-22T12:00:00.000Z';
const TOMORROW = '2026-11-23T12:00:00.000Z';
const client = 'lakeside';

let folder: string;
let home: Home;
beforeEach(async () => {
  folder = await mkdtemp('/tmp/rsg-joblog-');
  home = await openHome(join(folder, 'home'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function aged(name: string, days: number): Promise<void> {
  const at = new Date(Date.parse(TOMORROW) - days * 86_400_000);
  await utimes(join(home.toolLogs(client), name), at, at);
}

test('what jobs said is kept for 30 days, with its key; what drills said stays', async () => {
  const keep = (run: string, now = NOW): Promise<unknown> =>
    keepJobLog(home, { client, run, name: 'stderr' }, { bytes: Buffer.from(run), now });
  await keep('old');
  await keep('young');
  await saveToolLog(home, { client, drill: 'drill-1', name: 'pg_restore' }, Buffer.from('x'));
  await aged('job-old', 31);
  await aged('job-young', 29);
  await aged('drill-1', 400);

  await keep('same-day');
  const sameDay = await readdir(home.toolLogs(client));
  await keep('new', TOMORROW);
  const nextDay = await readdir(home.toolLogs(client));

  expect(sameDay).toContain('job-old');
  expect(nextDay.sort()).toEqual(['drill-1', 'job-new', 'job-same-day', 'job-young']);
  expect((await readdir(join(home.keys(client), 'tool-logs'))).sort()).toEqual(nextDay.map(name => `${name}.key`).sort());
  expect((await readToolLog(home, { client, drill: 'job-young', name: 'stderr' }))?.toString()).toBe('young');
});
