import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeBilling, openBucket } from '../../src/demo/lakeside/billing.ts';
import type { PrintedDrill } from '../../src/evidence/record.ts';
import { EMPTY_POSTGRES } from '../fixtures/by-hand-machine.ts';
import { bad, sample, type Sample } from './sample.ts';

let billing: Sample;
beforeAll(async () => {
  billing = await sample('billing', 'billing', makeBilling);
});
afterAll(() => billing[Symbol.asyncDispose]());

/** Drills over a bucket of its own with what the spoilt copy holds. */
function drill(of: Sample, name: string, spoil = 'true'): Promise<{ record: PrintedDrill; stderr: string }> {
  return withBucket(of.spoilt(name, spoil), endpoint => of.drillCopy(name, plan => plan.replace('http://127.0.0.1:18333', endpoint)));
}

async function withBucket<T>(copy: string, act: (endpoint: string) => Promise<T>): Promise<T> {
  const bucket = await openBucket(copy, 0);
  try {
    return await act(bucket.endpoint);
  } finally {
    await bucket.stop();
  }
}

test('the billing system comes back from its bucket', async () => {
  const { record, stderr } = await drill(billing, 'healthy');

  expect([record.verdict, record.reasons], stderr).toEqual(['passed', []]);
  expect(record.workflows.map(({ outcome }) => outcome)).toEqual(['passed', 'passed']);
});

test.runIf(process.getuid?.() === 0)('whoever follows its printed runbook by hand has the claims and the roles back', async () => {
  const asked = `psql -XAt -d database -c 'set role billing_clerk' -c 'select count(*) >= 1000 from billing.claim'`;

  const came = await withBucket(billing.spoilt('by-hand', 'true'), async endpoint => {
    await billing.drillCopy('by-hand', plan => plan.replace('http://127.0.0.1:18333', endpoint));
    return billing.followed('by-hand', asked, { before: EMPTY_POSTGRES, online: true });
  });

  expect(came).toEqual(['SET', 't']);
});

test('a dump that was cut off on its way into the bucket fails', async () => {
  const { record } = await drill(billing, 'cut', 'truncate -s -3000 *.dump');

  expect([record.verdict, bad(record)]).toEqual(['failed', ['database: backup.truncated']]);
});

test('roles that were never sent take the rights of the clerks with them', async () => {
  const { record } = await drill(billing, 'roles', 'rm globals.sql');

  expect([record.verdict, bad(record)]).toEqual(['failed', ['database: restore.roles-invented']]);
});

test('a bucket without a dump fails', async () => {
  const { record } = await drill(billing, 'none', 'rm *.dump');

  expect(record.verdict).toBe('failed');
  expect(bad(record)).toContain('database: select.no-recovery-point');
});

test('payments that are gone, claims that nobody can send, and a clock that stands still', async () => {
  const sql = `delete from billing.payment where id % 10 = 2; update billing.claim set state = 'denied' where state = 'open';
    update public.resurgam_heartbeat set at = now() - interval '3 hours'`;
  await using other = await sample('billing', 'billing', place => makeBilling(place, { sql }));

  const { record } = await drill(other, 'contents');

  expect(record.verdict).toBe('failed');
  expect(bad(record)).toEqual(['database: freshness.data-older-than-point', 'database: sql.unexpected', 'database: workflow.failed']);
});

test('whoever finds the port of the bucket taken is told so', async () => {
  const first = await openBucket(billing.made.folder, 0);
  try {
    await expect(openBucket(billing.made.folder, Number(new URL(first.endpoint).port))).rejects.toThrow(
      /port \d+ of this machine is taken/,
    );
  } finally {
    await first.stop();
  }
});
