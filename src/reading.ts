import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { all } from './probe/all.ts';
import type { ProbeKind } from './probe/probe.ts';
import { references } from './probe/references/references.ts';

/** What a service writes to the standard input of the reading process in the second jail: one JSON object. */
export interface ReadRequest {
  /** The kind of probe whose reader is wanted. */
  readonly kind: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** Where the restored tree is, in the jail. */
  readonly root: string;
}

/** What it answers, one JSON object per line, the last of them `done` or `broke`. */
export type ReadAnswer =
  { readonly type: 'said'; readonly value: unknown } | { readonly type: 'done' } | { readonly type: 'broke'; readonly why: string };

/** Reads as asked; never rejects. What it meets is hostile, therefore it runs where there is nothing to reach. */
export async function answerRead(
  input: string,
  kinds: readonly Pick<ProbeKind, 'kind' | 'read'>[],
  at: { readonly stop: AbortSignal; readonly say: (answer: ReadAnswer) => Promise<void> },
): Promise<boolean> {
  try {
    const { kind, options, root } = JSON.parse(input) as ReadRequest;
    const read = kinds.find(known => known.kind === kind)?.read;
    if (read === undefined) throw new Error(`no reader of the kind ${kind}`);
    await read({ root, options, say: value => at.say({ type: 'said', value }) }, at.stop);
    await at.say({ type: 'done' });
    return true;
  } catch (error) {
    // The text of an error may hold a file name: its kind must do.
    const code = error instanceof Error && 'code' in error ? ` ${String(error.code)}` : '';
    await at.say({ type: 'broke', why: error instanceof Error ? `${error.name}${code}` : typeof error });
    return false;
  }
}

async function main(): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  const say = (answer: ReadAnswer): Promise<void> =>
    new Promise((resolve, reject) => process.stdout.write(`${JSON.stringify(answer)}\n`, error => (error ? reject(error) : resolve())));
  process.exitCode = (await answerRead(await text(process.stdin), [...all, references], { stop: stop.signal, say })) ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
