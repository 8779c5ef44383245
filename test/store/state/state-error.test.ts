import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { openState } from '../../../src/store/state/open.ts';
import { stateError } from '../../../src/store/state/state-error.ts';
import { stopPrivateServer } from '../../../src/system/private-postgres.ts';

test.each([
  ['53100', 'disk-full'],
  ['57P01', 'state-unreachable'],
  ['57P03', 'state-unreachable'],
  ['08006', 'state-unreachable'],
  ['53300', 'state-unreachable'],
  ['28P01', 'state-unreachable'],
  ['ECONNRESET', 'state-unreachable'],
  ['EAI_AGAIN', 'state-unreachable'],
  ['57014', 'busy'],
  ['55P03', 'busy'],
])('%s is told as %s', (code, expected) => {
  expect(stateError(Object.assign(new Error('words'), { code }), 'here')).toMatchObject({ name: 'StoreError', code: expected });
});

test.each([['23505'], ['40001'], ['42703'], ['']])('%s stays what it is', code => {
  const error = Object.assign(new Error('words'), { code });

  expect(stateError(error, 'here')).toBe(error);
});

test.runIf(process.getuid?.() === 0)(
  'on a disk that filled up nothing that was kept is lost, and it goes on once there is room',
  async () => {
    const disk = await mkdtemp('/tmp/rsg-state-disk-');
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=72m,mode=700', 'tmpfs', disk]);
    try {
      const state = await openState({ home: { path: disk } });
      const insert = (n: number) =>
        state.of('lakeside', tx =>
          tx.query("insert into outbox (client, entry) values ('lakeside', $1)", [{ n, x: randomBytes(1_000_000).toString('base64') }]),
        );
      const fill = async (from: number): Promise<{ readonly kept: number; readonly error: unknown }> => {
        for (let n = from; ; n++) {
          const error = await insert(n).then(
            () => undefined,
            (cause: unknown) => cause,
          );
          if (error !== undefined) return { kept: n, error };
        }
      };

      const full = await fill(0);
      expect(full.error).toMatchObject({ name: 'StoreError', code: 'disk-full' });

      process.kill(Number((await readFile(`${disk}/postgres/data/postmaster.pid`, 'utf8')).split('\n')[0]), 'SIGKILL');
      expect((await fill(full.kept)).error).toMatchObject({ name: 'StoreError' });
      execFileSync('mount', ['-o', 'remount,size=300m', disk]);
      // The first one may still have had a connection of before.
      await insert(full.kept + 1).catch(() => undefined);
      await insert(full.kept + 2);

      const kept = await state.of('lakeside', tx => tx.query("select (entry->>'n')::int as n from outbox order by 1"));
      const numbers = kept.map(({ n }) => n);
      expect(numbers).toEqual(expect.arrayContaining(Array.from({ length: full.kept }, (_, n) => n)));
      expect(numbers.at(-1)).toBe(full.kept + 2);
      await state.close();
    } finally {
      await stopPrivateServer(`${disk}/postgres`);
      execFileSync('umount', ['-l', disk]);
      await rm(disk, { recursive: true });
    }
  },
);
