import { randomUUID } from 'node:crypto';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { mkdir, open, unlink } from '../system/files.ts';
import { StoreError, storeError } from './error.ts';

/** `RESURGAM_HOME`: where everything is that must outlive a process. Apart by client wherever it is a client's. */
export interface Home {
  readonly path: string;
  /** Private keys, HMAC keys, keys of tool logs. */
  keys(client: string): string;
  /** `ledger.jsonl`, checkpoints and the files that entries vouch for: what an auditor may be handed. */
  ledger(client: string): string;
  /** Facts of one plan's drills, one file per drill. */
  facts(client: string, plan: string): string;
  reports(client: string): string;
  toolLogs(client: string): string;
  /** What a running drill needs, and its marker. Gone when it ends. */
  scratch(drill: string): string;
  /** A lock file. */
  lock(name: string): string;
}

const FOLDERS = ['keys', 'ledger', 'facts', 'reports', 'tool-logs', 'scratch', 'locks'] as const;

/** `RESURGAM_HOME`, else the XDG state folder. */
export function homePath(env: Readonly<Record<string, string | undefined>>): string {
  if (env.RESURGAM_HOME !== undefined && env.RESURGAM_HOME !== '') return resolve(env.RESURGAM_HOME);
  const state = env.XDG_STATE_HOME;
  const base = state !== undefined && state !== '' ? state : join(env.HOME ?? homedir(), '.local', 'state');
  return join(base, 'resurgam');
}

/** Makes what is missing (folders that only their owner may enter) and proves that it can be written. Throws StoreError. */
export async function openHome(path: string): Promise<Home> {
  const home = homeAt(path);
  try {
    for (const folder of ['', ...FOLDERS]) await mkdir(join(home.path, folder), { recursive: true, mode: 0o700 });
    const probe = join(home.path, 'locks', `.${randomUUID()}.tmp`);
    await (await open(probe, 'wx', 0o600)).close();
    await unlink(probe);
  } catch (cause) {
    throw storeError(cause, home.path);
  }
  return home;
}

/** The layout alone: for those who only read. Makes nothing. */
export function homeAt(path: string): Home {
  const root = resolve(path);
  const inside =
    (folder: (typeof FOLDERS)[number]) =>
    (...names: readonly string[]): string =>
      join(root, folder, ...names.map(safeName));
  return {
    path: root,
    keys: inside('keys'),
    ledger: inside('ledger'),
    facts: inside('facts'),
    reports: inside('reports'),
    toolLogs: inside('tool-logs'),
    scratch: inside('scratch'),
    lock: inside('locks'),
  };
}

/** Makes a folder that only its owner may enter, and those above it. Throws StoreError. */
export async function privateFolder(path: string): Promise<string> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    return path;
  } catch (cause) {
    throw storeError(cause, path);
  }
}

/** A client, plan or drill becomes a part of a path: it must not lead anywhere else. */
export function safeName(name: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9_.@:+-]{0,199}$/.test(name)) return name;
  throw new StoreError('bad-name', 'a client, plan or drill: expected letters, digits and . _ -, got something else', {
    hint: 'Name it with letters, digits, dots, dashes and underscores.',
  });
}
