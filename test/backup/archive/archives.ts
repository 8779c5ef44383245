import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { BackupTool, Listing, Restored, Staged, StoreAccess } from '../../../src/backup/backup.ts';
import { archive } from '../../../src/backup/archive/tool.ts';
import { bareJail, type BareJail } from '../../fixtures/bare-jail.ts';

const run = promisify(execFile);
export const never = new AbortController().signal;

/** Documents, a folder, a link, a program, a name in UTF-8, a file with two names, and one with holes. */
export const DOCUMENTS = `
  mkdir -p src/letters/2026 src/empty; cd src
  for n in {1..40}; do printf 'letter %s\\n' {1..50} > letters/2026/$n.txt; done
  printf '#!/bin/sh\\n' > run; chmod 755 run; ln -s letters/2026 latest; ln letters/2026/1.txt twice; echo x > 'letters/Müller, Jane.txt'
  truncate -s 3M disk.img; echo end >> disk.img`;

/** With them tar writes the same bytes each time: what becomes of one that is changed in what gzip makes of them is not left to chance. */
export const SAME_BYTES = '--sort=name --mtime=@1790000000 --owner=0 --group=0';

/** For a shell: turns every bit of one byte of a file, whatever it was. */
export function flip(file: string, at: number): string {
  return `perl -e 'open my $f, "+<", shift; seek $f, ${at}, 0; read $f, my $byte, 1; seek $f, ${at}, 0; print $f ~$byte' ${file}`;
}

/** A folder that a shell fills. */
export interface Place extends AsyncDisposable {
  readonly folder: string;
  shell(script: string): Promise<string>;
}

export async function place(script = ''): Promise<Place> {
  const folder = await mkdtemp('/tmp/rsg-archives-');
  await chmod(folder, 0o755);
  const shell = async (text: string): Promise<string> =>
    (await run('/bin/bash', ['-euc', text], { cwd: folder, maxBuffer: 64 << 20 })).stdout;
  await shell(script);
  return { folder, shell, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

export function access(from: string, more: Readonly<Record<string, unknown>> = {}): StoreAccess {
  return {
    section: {
      ...{ tool: 'archive', job: null, encrypted: 'optional', options: { from, ...more } },
      ...{ size: { atLeastBytes: null, shrink: null, grow: null }, copies: { atLeast: null, offSite: null, locked: null } },
    },
    env: {},
    pseudonym: text => createHash('sha256').update(`test ${text}`).digest('hex'),
    now: () => new Date().toISOString(),
  };
}

export function listing(from: string, more: Readonly<Record<string, unknown>> = {}): Promise<Listing> {
  return archive.list(access(from, more), never);
}

/** What came of the only archive of a place; where it was restored is in `folder`. */
export interface Come extends AsyncDisposable {
  readonly staged: Staged;
  readonly restored: Restored;
  readonly folder: string;
  readonly logs: readonly string[];
}

export interface Restoring {
  readonly tool?: BackupTool;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly meanwhile?: (jail: BareJail) => void;
}

export async function restored(from: string, { tool = archive, options = {}, meanwhile }: Restoring = {}): Promise<Come> {
  await using staging = await place();
  const store = access(from, options);
  const { points } = await tool.list(store, never);
  const [point] = points;
  if (point === undefined || points.length !== 1) throw new Error(`expected one point, got ${points.length}`);
  const staged = await tool.fetch(point, { store, staging: staging.folder, progress: () => undefined }, never);
  const jail = await bareJail();
  const folder = await jail.makeFolder('restored');
  const logs: string[] = [];
  meanwhile?.(jail);
  const target = {
    ...{ jail, folder, server: undefined, parallel: 1, progress: () => undefined, pseudonym: (text: string) => text },
    toolLog: (_: string, text: string) => void logs.push(text),
  };
  const come = await tool.restore(staged, target, never);
  return { staged, restored: come, folder, logs, [Symbol.asyncDispose]: () => jail[Symbol.asyncDispose]() };
}

/** Codes with what they are about; notes marked. */
export function said(findings: Restored['findings']): readonly string[] {
  return findings.map(({ code, outcome, object, observed, required }) =>
    [code, outcome, ...(object === null ? [] : [object, String(observed)]), ...(required ? [] : ['(note)'])].join(' '),
  );
}
