import { mkdir, rm, truncate, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { BackupError, type StoreAccess } from '../../src/backup/backup.ts';
import { restic } from '../../src/backup/restic/tool.ts';
import type { Finding } from '../../src/finding/finding.ts';
import type { BackupSection } from '../../src/plan/plan.ts';
import { bench, type Bench } from '../e2e/cli.ts';
import { newFolder } from '../conformance/tool-places.ts';
import { flipIn, largestIn, PASSWORD, resticPlace, type ResticPlace } from '../fixtures/restic-repository.ts';

const never = new AbortController().signal;
let place: ResticPlace;
let drills: Bench;
beforeAll(async () => {
  place = await resticPlace();
  for (const hoursAgo of [48, 24]) await place.restic(place.repository, ['backup', place.source, '--host', 'ehr', '--time', ago(hoursAgo)]);
  drills = await bench();
}, 120_000);
afterAll(async () => {
  await drills.remove();
  await place[Symbol.asyncDispose]();
});

function ago(hours: number): string {
  return new Date(Date.now() - hours * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
}

function accessTo(repository: string, options: object = {}, section: Partial<BackupSection> = {}): StoreAccess {
  const given = z.strictObject(restic.options).parse({ repository, password: { env: 'RESTIC_PASSWORD' }, ...options });
  return {
    section: {
      ...{ tool: 'restic', job: null, encrypted: 'required', options: given },
      ...{ size: { atLeastBytes: null, shrink: 0.2, grow: null }, copies: { atLeast: 2, offSite: null, locked: null }, ...section },
    },
    env: { RESTIC_PASSWORD: PASSWORD },
    pseudonym: text => Buffer.from(text).toString('hex').padEnd(64, '0').slice(0, 64),
    now: () => new Date().toISOString(),
  };
}

/** What a drill finds before it questions anything, and what the reading of all parts finds after. */
async function found(access: StoreAccess): Promise<readonly string[]> {
  await using staging = await newFolder();
  const listing = await restic.list(access, never);
  const [point] = listing.points;
  const at = { store: access, staging: staging.path, progress: () => undefined };
  const fetched = point === undefined ? [] : (await restic.fetch(point, at, never)).findings;
  const read = point === undefined ? [] : ((await restic.readPart?.(point, { ...at, before: undefined }, never))?.findings ?? []);
  return said([...listing.findings, ...fetched, ...read]);
}

function said(findings: readonly Finding[]): readonly string[] {
  return [...new Set(findings.map(one => `${one.code} ${one.outcome}${one.required ? '' : ' (note)'}`))];
}

async function saved(name: string, ...args: readonly string[]): Promise<string> {
  const repository = await place.copy(name);
  await place.restic(repository, ['backup', '--host', 'ehr', ...args]);
  return repository;
}

const HEALTHY = ['backup.ok passed', 'restore.owners-not-set skipped (note)', 'backup.part-read passed'];

describe('what is healthy passes without an alarm', () => {
  test('a repository with two snapshots, and the same as a copy elsewhere', async () => {
    expect(await found(accessTo(place.repository, { rotation: 1, paths: place.source }))).toEqual(HEALTHY);
    expect(await found(accessTo(await place.copy('copy'), { rotation: 1 }))).toEqual(HEALTHY);
  });

  test('a repository that another host and another job share', async () => {
    const repository = await saved('shared', join(place.source, 'letters'));
    await place.restic(repository, ['backup', '--host', 'other', '--stdin'], {});

    expect(await found(accessTo(repository, { rotation: 1, host: 'ehr', paths: [place.source] }))).toEqual(
      expect.arrayContaining(HEALTHY),
    );
  });
});
