import { createHash } from 'node:crypto';
import { chmod, copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { RecoveryPoint, Restored, Staged, StoreAccess } from '../../../src/backup/backup.ts';
import { resurgamState } from '../../../src/backup/resurgam-state/tool.ts';
import type { BackupSection } from '../../../src/plan/plan.ts';
import { postgresService } from '../../../src/service/postgres/postgres.ts';
import type { RunningService } from '../../../src/service/service.ts';
import { backUpState } from '../../../src/store/state/backup.ts';
import { bareJail } from '../../fixtures/bare-jail.ts';
import { SHARED_CACHE } from '../../fixtures/shared-cache.ts';
import { testState } from '../../fixtures/state.ts';

export const never = new AbortController().signal;
export const AT = '2026-11-27T05:00:00.000Z';
/** A minute after the backup. */
export const NOW = '2026-11-27T05:01:00.000Z';

/** A backup of a state with rows of many kinds, made by the program's own code, in a folder that goes with it. */
export async function goodBackup(): Promise<{ readonly folder: string; readonly file: string; readonly remove: () => Promise<void> }> {
  await using at = await testState();
  await at.state.all(async tx => {
    await tx.query(`insert into occurrence (client, id, plan, due_at, late_after, reason)
      select 'client-' || n % 2, 'o' || n, 'plan', '2026-01-01 00:00:00.123456Z'::timestamptz + n * interval '1 s', now(), case n % 3 when 0 then 'a' end
      from generate_series(1, 1203) n`);
    await tx.query(`insert into job_run (client, plan, component, run, source, state, output_bytes, seen_at)
      values ('client-0', 'p', E'line\\u2028 break \\n"', 'r', 'ping', 'started', 9007199254740993, now())`);
    await tx.query(`insert into backup_check (client, plan, component, at, outcome, codes, newest, points)
      values ('client-1', 'p', 'c', now(), 'passed', array['a', 'b"', ''], '{"z": 1, "a": [null, 0.10]}', 3)`);
    await tx.query(`insert into outbox (client, entry) values ('client-0', '{}'), ('client-1', '{"x": 1}')`);
  });
  const folder = await mkdtemp('/tmp/rsg-state-backups-');
  const file = join(folder, 'state-1.jsonl.gz');
  await backUpState({ where: 'the test', connectionString: at.url }, { file, at: AT });
  return { folder, file, remove: () => rm(folder, { recursive: true, force: true }) };
}

export function section(from: string, rest: Partial<BackupSection> = {}): BackupSection {
  return {
    tool: 'resurgam-state',
    job: null,
    size: { atLeastBytes: null, shrink: null, grow: null },
    copies: { atLeast: null, offSite: null, locked: null },
    encrypted: 'optional',
    options: { from },
    ...rest,
  };
}

export function access(from: string, rest: Partial<BackupSection> & { readonly now?: string } = {}): StoreAccess {
  const { now = NOW, ...more } = rest;
  return {
    section: section(from, more),
    env: {},
    pseudonym: text => createHash('sha256').update(`test ${text}`).digest('hex'),
    now: () => now,
  };
}

/** The lines of a backup, to be written anew. */
export async function linesOf(file: string): Promise<readonly string[]> {
  return gunzipSync(await readFile(file))
    .toString()
    .trimEnd()
    .split('\n');
}

interface Header {
  format: string;
  at: string;
  migration: number;
  server: { major: number };
  steps: { number: number; name: string; sql: string }[];
  tables: Record<string, { columns: string[]; rows: number; sha256: string }>;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A backup whose digests are right, whatever it says: as somebody would write it who knows the format. */
export async function forged(good: string, to: string, change: (header: Header, rows: Record<string, string[]>) => void): Promise<void> {
  const [first = '', ...rest] = (await linesOf(good)).slice(0, -1);
  const header = JSON.parse(first) as Header;
  const rows: Record<string, string[]> = {};
  for (const [name, table] of Object.entries(header.tables)) rows[name] = rest.splice(0, table.rows);
  change(header, rows);
  for (const [name, table] of Object.entries(header.tables)) {
    const lines = rows[name] ?? [];
    header.tables[name] = { ...table, rows: lines.length, sha256: sha256(lines.map(line => `${line}\n`).join('')) };
  }
  const before = [JSON.stringify(header), ...Object.keys(header.tables).flatMap(name => rows[name] ?? []), ''].join('\n');
  await writeFile(to, gzipSync(`${before}${JSON.stringify({ end: true, sha256: sha256(before) })}\n`));
}

/** The only point in a place. */
export async function onlyPoint(from: string): Promise<RecoveryPoint> {
  const { points } = await resurgamState.list(access(from), never);
  const [point] = points;
  if (point === undefined || points.length !== 1) throw new Error(`expected one point, got ${points.length}`);
  return point;
}

/** Lists and fetches the only point of a place. */
export async function fetched(from: string): Promise<Staged & AsyncDisposable> {
  const staging = await mkdtemp('/tmp/rsg-staging-');
  const staged = await resurgamState.fetch(await onlyPoint(from), { store: access(from), staging, progress: () => undefined }, never);
  return { ...staged, [Symbol.asyncDispose]: () => rm(staging, { recursive: true, force: true }) };
}

/** A file restored into a fresh server in a jail, without the cheap checks before; `broken`: the server is gone, because it ended or because the disk was full. */
export async function restored(
  file: string,
  broken?: 'disk' | 'ended',
): Promise<{ readonly restored: Restored; readonly start: () => Promise<RunningService> } & AsyncDisposable> {
  const folder = await mkdtemp('/tmp/rsg-staged-');
  await chmod(folder, 0o755);
  await copyFile(file, join(folder, 'state'));
  const jail = await bareJail();
  const dispose = async (): Promise<void> => {
    await jail[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const needs = { engine: 'postgres', major: 18, settings: { encoding: 'UTF8' } };
    const prepared = await postgresService().prepare({ jail, section: null, needs, cache: SHARED_CACHE }, never);
    const target = {
      ...{ jail, server: prepared.server, folder: undefined, parallel: 1 },
      ...{ pseudonym: (text: string) => text, toolLog: () => undefined, progress: () => undefined },
    };
    const staged = { folder, bytes: 1, sha256: '0'.repeat(64), findings: [], handle: { file: 'state' } };
    if (broken !== undefined) await prepared.stop();
    if (broken === 'disk') jail.hit('disk');
    const come = await resurgamState.restore(staged, target, never);
    const stopped = async (): Promise<void> => {
      await prepared.stop();
      await dispose();
    };
    return { restored: come, start: () => prepared.start(never), [Symbol.asyncDispose]: stopped };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Codes and outcomes, notes marked. */
export function said(findings: readonly { code: string; outcome: string; required: boolean }[]): readonly string[] {
  return findings.map(found => `${found.code} ${found.outcome}${found.required ? '' : ' (note)'}`).sort();
}
