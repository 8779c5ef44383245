import { expect, test } from 'vitest';
import { furnish } from '../../src/service/needed-place.ts';
import type { RunningService } from '../../src/service/service.ts';
import { bareJail } from '../fixtures/bare-jail.ts';

const never = new AbortController().signal;

/** A server that another component needs: only where it is shared matters here. */
function serverAt(port: number): RunningService {
  const shared = { folder: '/run', name: `.s.PGSQL.${String(port)}`, saidAs: 'folder', port, user: 'postgres', database: 'ehr' } as const;
  return { ready: true, share: () => Promise.resolve(shared) } as unknown as RunningService;
}

test('two servers that want one port, or that of the application, are reached at ports of their own', async () => {
  await using jail = await bareJail();
  const needed = new Map([
    ['clinic', serverAt(5432)],
    ['billing', serverAt(5432)],
    ['portal', serverAt(8080)],
  ]);

  const place = await furnish({ jail, folder: jail.folder, withoutBackup: true, needed }, { port: 8080 }, never);

  expect(place.reached).toEqual([
    { port: 5432, socket: '/needed/clinic/socket/.s.PGSQL.5432' },
    { port: 5433, socket: '/needed/billing/socket/.s.PGSQL.5432' },
    { port: 8081, socket: '/needed/portal/socket/.s.PGSQL.8080' },
  ]);
  expect(place.known.needed.get('billing')).toMatchObject({ port: '5433', socket: '/needed/billing/socket' });
  expect(place.known.own).toEqual({ port: '8080' });
});
