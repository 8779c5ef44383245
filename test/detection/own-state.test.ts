import { cp, mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bench, CHECKOUT, type Bench } from '../e2e/cli.ts';
import { forged } from '../backup/resurgam-state/state-backups.ts';

let place: Bench;
let good: Buffer;
const folder = (): string => join(place.folder, 'backups/state');
const drill = () => place.drill('resurgam-state', { RESURGAM_PLANS: join(place.folder, 'plans') });

/** The plan as we ship it, and a backup as `state backup` writes it; both where the plan looks. */
beforeAll(async () => {
  place = await bench({ inProcess: true });
  await cp(join(CHECKOUT, 'plans/resurgam'), join(place.folder, 'plans/resurgam'), { recursive: true });
  await mkdir(folder(), { recursive: true });
  const ran = await place.run(['state', 'backup', folder()]);
  const file = /again: (\S+\.jsonl\.gz),/.exec(ran.stdout)?.[1] ?? '';
  expect(ran.code, ran.stderr).toBe(0);
  good = await readFile(file);
});
afterAll(async () => {
  await place.run(['state', 'stop']);
  await place.remove();
});

const HOUR_MS = 3_600_000;
const put = async (bytes: Buffer | string): Promise<string> => {
  await rm(folder(), { recursive: true, force: true });
  await mkdir(folder());
  const file = join(folder(), 'state-20261127T050000Z.jsonl.gz');
  await writeFile(file, bytes);
  return file;
};

test('the plan that we ship passes with a backup that was just made', async () => {
  const { record, ran } = await drill();

  expect(record.findings.filter(found => found.outcome !== 'passed' && found.required)).toEqual([]);
  expect(record.verdict, ran.stderr).toBe('passed');
  expect(record.findings.map(found => found.code)).toEqual(expect.arrayContaining(['backup.ok', 'restore.ok']));
});

interface Case {
  readonly mode: string;
  readonly verdict: string;
  readonly code: string;
  readonly inject: () => Promise<unknown>;
}

const cases: readonly Case[] = [
  { mode: 'is empty', verdict: 'failed', code: 'backup.empty', inject: () => put('') },
  { mode: 'was cut off', verdict: 'failed', code: 'backup.truncated', inject: () => put(good.subarray(0, good.length - 40)) },
  { mode: 'is the error of the command', verdict: 'failed', code: 'backup.not-a-dump', inject: () => put('resurgam: command not found\n') },
  {
    mode: 'was altered',
    verdict: 'failed',
    code: 'backup.digest-mismatch',
    inject: () =>
      put(
        gzipSync(
          gunzipSync(good)
            .toString()
            .replace(/"end":true,"sha256":"./, '"end":true,"sha256":"x'),
        ),
      ),
  },
  {
    mode: 'was altered by somebody who mended its digests',
    verdict: 'failed',
    code: 'restore.unexpected-command',
    inject: async () => {
      const file = await put(good);
      await forged(file, file, ({ steps }) => {
        for (const step of steps) step.sql += ';create extension file_fdw';
      });
    },
  },
  {
    mode: 'is nine days old',
    verdict: 'objective-missed',
    code: 'backup.stale',
    inject: async () => {
      const file = await put(good);
      const at = new Date(Date.now() - 9 * 24 * HOUR_MS);
      await forged(file, file, header => {
        header.at = at.toISOString();
      });
      await utimes(file, at, at);
    },
  },
  { mode: 'was removed', verdict: 'failed', code: 'select.no-recovery-point', inject: async () => rm(await put(good)) },
  {
    mode: 'lies in a folder that is gone',
    verdict: 'inconclusive',
    code: 'drill.could-not-select',
    inject: () => rm(folder(), { recursive: true }),
  },
  {
    mode: 'is of a later release',
    verdict: 'inconclusive',
    code: 'backup.newer-format',
    inject: async () => {
      const file = await put(good);
      await forged(file, file, header => {
        header.migration = 99;
      });
    },
  },
];

describe('a backup of Resurgam itself is found out when it', () => {
  test.each(cases.map(one => [one.mode, one] as const))('%s', async (_mode, one) => {
    await one.inject();

    const { record, ran } = await drill();

    const said = [...record.findings.filter(found => found.outcome !== 'passed').map(found => found.code), ...record.reasons];
    expect([record.verdict, said.some(text => text.startsWith(one.code))], `${said.join(', ')} ${ran.stderr}`).toEqual([one.verdict, true]);
  });
});
