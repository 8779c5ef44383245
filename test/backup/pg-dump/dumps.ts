import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { BackupSection } from '../../../src/plan/plan.ts';
import type { FetchPlace, Progress, RecoveryPoint, Staged, StoreAccess } from '../../../src/backup/backup.ts';
import { fetch } from '../../../src/backup/pg-dump/fetch.ts';
import { list } from '../../../src/backup/pg-dump/list.ts';
import { startSourceServer, type SourceServer } from '../../fixtures/source-server.ts';

const run = promisify(execFile);

/** A server with one small database of everything that makes dumps different: tables, large objects, an empty table. */
export interface DumpSource {
  readonly server: SourceServer;
  /** Empty folder for a test's dumps. */
  folder(): Promise<string>;
  /** Runs pg_dump of the database with these arguments into this file or folder. */
  dump(to: string, ...args: readonly string[]): Promise<void>;
  /** Runs a shell command in a folder, with PostgreSQL's environment. */
  shell(folder: string, command: string): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startDumpSource(): Promise<DumpSource> {
  const server = await startSourceServer();
  await server.createDatabase('ehr');
  await server.sql(
    'ehr',
    `create table patient (id int primary key, name text);
     insert into patient select n, md5(n::text) || md5((n * 7)::text) from generate_series(1, 3000) n;
     create table encounter (id int primary key, patient int references patient, note text);
     insert into encounter select n, n, repeat(md5(n::text), 8) from generate_series(1, 2000) n;
     create table nothing (id int);
     select lo_from_bytea(0, decode(repeat('ab', 5000), 'hex')) from generate_series(1, 3);`,
  );
  const made: string[] = [];
  return {
    server,
    folder: async () => {
      const folder = await mkdtemp('/tmp/rsg-dumps-');
      made.push(folder);
      return folder;
    },
    dump: async (to, ...args) => {
      await server.client('pg_dump', ['-f', to, ...args, 'ehr']);
    },
    shell: async (folder, command) => {
      await run('bash', ['-c', command], { cwd: folder, env: server.env, maxBuffer: 64 << 20 });
    },
    [Symbol.asyncDispose]: async () => {
      await server.stop();
      for (const folder of made) await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A validated section of a plan: only these keys are set. */
export function section(options: Readonly<Record<string, unknown>>, rest: Partial<BackupSection> = {}): BackupSection {
  return {
    tool: 'pg-dump',
    job: null,
    size: { atLeastBytes: null, shrink: null, grow: null },
    copies: { atLeast: null, offSite: null, locked: null },
    encrypted: 'optional',
    options,
    ...rest,
  };
}

export function access(
  options: Readonly<Record<string, unknown>>,
  rest: Partial<BackupSection> & { now?: string; env?: Record<string, string> } = {},
): StoreAccess {
  const { now, env = {}, ...more } = rest;
  return {
    section: section(options, more),
    env,
    pseudonym: text => createHash('sha256').update(`test ${text}`).digest('hex'),
    now: () => now ?? new Date().toISOString(),
  };
}

export const never = new AbortController().signal;

/** What an adapter tells of a store. */
export function listing(from: string, options: Readonly<Record<string, unknown>> = {}): ReturnType<typeof list> {
  return list(access({ from, ...options }), never);
}

/** The only point in a folder. */
export async function onlyPoint(from: string, options: Readonly<Record<string, unknown>> = {}): Promise<RecoveryPoint> {
  const { points } = await listing(from, options);
  const [point] = points;
  if (point === undefined || points.length !== 1) throw new Error(`expected one point, got ${points.length}`);
  return point;
}

/** Fetches a point into a new folder, which it gives with what came of it. */
export async function staged(
  point: RecoveryPoint,
  store: StoreAccess,
): Promise<{ staged: Staged; progress: readonly Progress[]; remove: () => Promise<void> }> {
  const staging = await mkdtemp('/tmp/rsg-staging-');
  const progress: Progress[] = [];
  const place: FetchPlace = { store, staging, progress: at => void progress.push(at) };
  const remove = (): Promise<void> => rm(staging, { recursive: true, force: true });
  try {
    return { staged: await fetch(point, place, never), progress, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Codes and outcomes, required ones marked: what a test compares. */
export function said(findings: readonly { code: string; outcome: string; required: boolean }[]): readonly string[] {
  return findings.map(found => `${found.code} ${found.outcome}${found.required ? '' : ' (not required)'}`).sort();
}

/** Lists, fetches the newest point if there is one, and tells everything that was said against it. */
export async function checked(from: string): Promise<readonly string[]> {
  const { points, findings } = await listing(from);
  const [point] = points;
  if (point === undefined) return said(findings);
  const { staged: one, remove } = await staged(point, access({ from }));
  await remove();
  return said([...findings, ...one.findings]);
}

export { join };
