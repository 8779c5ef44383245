import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Answer, Facts, ProbeKind, Question } from '../../src/probe/probe.ts';
import { speaksNoSql, type RunningService } from '../../src/service/service.ts';

const run = promisify(execFile);
const never = new AbortController().signal;

/** A tree in a folder of its own, and questions about it without a jail between: the reader says the same there. */
export interface RestoredTree extends AsyncDisposable {
  readonly root: string;
  shell(script: string): Promise<void>;
  /** Something done to every file. */
  each(act: (file: string) => Promise<unknown>): Promise<void>;
  ask(kind: ProbeKind, asked?: { readonly value?: object; readonly says?: object; readonly baseline?: Facts | undefined }): Promise<Answer>;
}

export async function restoredTree(script = ''): Promise<RestoredTree> {
  const root = await mkdtemp('/tmp/rsg-tree-');
  const shell = async (text: string): Promise<void> => {
    await run('/bin/bash', ['-euc', text], { cwd: root });
  };
  await shell(script);
  return {
    root,
    shell,
    each: async act => {
      for (const entry of await readdir(root, { recursive: true, withFileTypes: true }))
        // A name that is not UTF-8 cannot be told here.
        if (entry.isFile() && !entry.name.includes('\ufffd')) await act(join(entry.parentPath, entry.name));
    },
    ask: askingAt(root),
    [Symbol.asyncDispose]: async () => {
      await run('chmod', ['-R', 'u+rwx', root]);
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** The same questions about a folder that something else has filled. */
export function askingAt(root: string): RestoredTree['ask'] {
  return (kind, { value = {}, says = {}, baseline } = {}) =>
    kind.ask(questionOf({ kind, root, options: kind.value.parse(value), says: { files: says }, baseline }), never);
}

interface Asked {
  readonly kind: ProbeKind;
  readonly root: string;
  readonly options: Record<string, unknown>;
  readonly says: Record<string, unknown>;
  readonly baseline: Facts | undefined;
}

function questionOf({ kind, root, options, says, baseline }: Asked): Question {
  const through = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown;
  const service: RunningService = {
    ...{ engine: 'files', major: 0, findings: [], ready: true, sql: speaksNoSql('files') },
    files: {
      read: async (question, take, stop) => {
        const read = {
          root,
          options: through(question.options) as Record<string, unknown>,
          say: (value: unknown) => {
            take(through(value));
            return Promise.resolve();
          },
        };
        await kind.read?.(read, stop);
      },
    },
    stillUp: () => Promise.reject(new Error('not asked')),
  };
  return {
    ...{ component: 'documents', name: kind.kind, required: true, options, service, says, baseline, limitMs: null },
    ...{ point: {} as Question['point'], failureInstant: '2026-11-27T00:00:00.000Z' },
    pseudonym: text => createHash('sha256').update(`test ${text}`).digest('hex'),
    secret: () => Promise.reject(new Error('this question needs no secret')),
  };
}

/** Codes with figures; notes marked, passed ones left out. */
export function bad({ findings }: Answer): readonly string[] {
  return findings
    .filter(found => found.outcome !== 'passed')
    .map(({ code, observed, expected, required }) => `${code} ${String(observed)} of ${String(expected)}${required ? '' : ' (note)'}`);
}
