import { readFile } from 'node:fs/promises';
import { afterAll, expect, test } from 'vitest';
import { testState } from '../fixtures/state.ts';
import { tcpProxy } from '../fixtures/tcp-proxy.ts';
import { HOUR_MS, living, removeDump, said, type Living } from './living.ts';
import { spawnServe, type Spawned } from './processes.ts';

afterAll(removeDump);

/** Command lines of everything below a process. */
async function below(pid: number): Promise<readonly string[]> {
  const children = (await read(`/proc/${pid}/task/${pid}/children`)).split(' ').filter(Boolean).map(Number);
  const found: string[] = [];
  for (const child of children) found.push((await read(`/proc/${child}/cmdline`)).replaceAll('\0', ' '), ...(await below(child)));
  return found;
}

const read = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '');
const runs = (programs: readonly string[], which: RegExp): boolean => programs.some(one => which.test(one));

/** What a drill is at, by the programs that run for it. `seen`: everything that ran before. */
const PHASES: Readonly<Record<string, (now: readonly string[], seen: readonly string[]) => boolean>> = {
  provision: now => runs(now, /\bbwrap\b/),
  fetch: now => runs(now, /fetching\.js/),
  restore: now => runs(now, /pg_restore/),
  probes: (now, seen) => runs(seen, /pg_restore/) && !runs(now, /pg_restore/) && runs(now, /bin\/postgres/),
};

async function until(serve: Spawned, isThere: (now: readonly string[], seen: readonly string[]) => boolean): Promise<void> {
  const seen: string[] = [];
  for (;;) {
    const now = await below(serve.pid);
    if (isThere(now, seen)) return;
    seen.push(...now);
    if (serve.exitCode() !== undefined) throw new Error('the process ended before');
    await new Promise(resolve => setTimeout(resolve, 2));
  }
}

/** A drill with a real backup is due since some minutes. */
async function withDrillDue(databaseUrl: string): Promise<Living> {
  const place = await living(new Date(Date.now() - 70 * 60_000).toISOString(), databaseUrl);
  await place.client('lakeside');
  await place.plan('ehr', { cron: `${new Date(Date.now() - 5 * 60_000).getUTCMinutes()} * * * *`, real: true });
  const ahead = await place.worker();
  await ahead.look();
  await ahead.end();
  return place;
}

test.each(Object.entries(PHASES))(
  'SIGTERM of `serve` while its drill is at %s signs it as stopped and leaves nothing',
  async (_, isThere) => {
    await using state = await testState();
    await using place = await withDrillDue(state.url);
    const begun = said(await place.entries(), 'drill-started', 'occurrence').length;
    const serve = spawnServe(place);
    await until(serve, isThere);

    const code = await serve.end();

    const entries = await place.entries();
    const workers = await state.state.all(tx => tx.query("select state from worker where id <> 'worker-1'"));
    expect(code).toBe(0);
    expect(said(entries, 'drill-started', 'occurrence')).toHaveLength(begun + 1);
    expect(said(entries, 'drill-finished', 'verdict').at(-1)).toBe('inconclusive');
    expect(said(entries, 'drill-finished', 'reasons').at(-1)).toEqual(['drill.stopped']);
    expect(await place.leftovers()).toEqual([]);
    expect(workers).toEqual([{ state: 'stopped' }]);
    const hand = await place.worker();
    expect(await place.verified(hand, 'lakeside', 'ours')).toEqual({ codes: [0], problems: {} });
    await hand.end();
  },
);

test('`serve` waits for a database that is not there when it begins, and then does what is due', async () => {
  await using state = await testState();
  const at = new URL(state.url.replace('@/', '@socket/'));
  await using network = await tcpProxy(`${at.searchParams.get('host') ?? ''}/.s.PGSQL.5432`);
  network.drop();
  const url = `postgres://resurgam@127.0.0.1:${network.port}${at.pathname}?sslmode=disable`;
  await using place = await living(new Date(Date.now() - HOUR_MS).toISOString(), url);
  await place.client('lakeside');
  await place.plan('ehr', { cron: '0 * * * *', check: '* * * * *' });
  const serve = spawnServe(place);
  while (!serve.printed().includes('trying again')) await new Promise(resolve => setTimeout(resolve, 20));
  const early = await state.state.all(tx => tx.query('select id from worker'));
  network.restore();
  while ((await state.state.all(tx => tx.query('select 1 from backup_check'))).length === 0) {
    await new Promise(resolve => setTimeout(resolve, 50));
  }

  const code = await serve.end();

  expect(early).toEqual([]);
  expect(code).toBe(0);
  expect(serve.printed()).not.toContain('resurgam@');
  expect(said(await place.entries(), 'schedule', 'plan')).toContain('ehr');
});
