import { Readable } from 'node:stream';
import type { Mount } from '../backup/target.ts';
import type { lines } from '../system/lines.ts';
import { ServiceError, type OpenRequest, type RestoredFiles } from './service.ts';

/** Where the tree is, in the jail. */
const ROOT = '/restored';
const LONGEST_MS = 12 * 3_600_000;

/** Our readers over the tree, in the second jail: they see it read-only, and neither a network nor anything of the host but our program. */
export function readIn(
  { jail, folder, reading }: Pick<OpenRequest, 'jail' | 'folder' | 'reading'>,
  intoLines: typeof lines,
): RestoredFiles {
  return {
    read: async ({ kind, options }, take, stop) => {
      const mounts: Mount[] = [...reading.paths.map(path => ({ from: path, at: path })), { from: folder, at: ROOT }];
      let ended: string | undefined;
      const cut = intoLines(line => {
        const said = answerOf(line);
        if (said?.type === 'said') take(said.value);
        else ended = said?.type === 'done' ? 'done' : (said?.why ?? 'an answer of no known shape');
      });
      const { file, args } = reading;
      const stdin = Buffer.from(JSON.stringify({ kind, options, root: ROOT }));
      const result = await jail.run(
        { file, args, mounts, stdin: Readable.from([stdin]), stdout: cut.chunk, timeLimitMs: LONGEST_MS },
        stop,
      );
      cut.end();
      if (ended === 'done' && result.exitCode === 0) return;
      throw notRead(ended ?? `exit code ${result.exitCode ?? 'none'}`, {
        stopped: result.stopped,
        limit: jail.limitHit(),
        cause: new Error(result.stderr),
      });
    },
  };
}

type Said =
  { readonly type: 'said'; readonly value: unknown } | { readonly type: 'done' } | { readonly type: 'broke'; readonly why?: string };

function answerOf(line: string): Said | undefined {
  try {
    const said = JSON.parse(line) as Said;
    return ['said', 'done', 'broke'].includes(said.type) ? said : undefined;
  } catch {
    return undefined;
  }
}

function notRead(why: string, at: { readonly stopped: boolean; readonly limit: string | undefined; readonly cause: Error }): ServiceError {
  const { cause } = at;
  if (at.stopped) return new ServiceError('stopped', 'reading the restored files was stopped', { hint: 'Run the drill again.' });
  if (at.limit === 'memory')
    return new ServiceError('out-of-memory', 'reading the restored files reached the memory limit', {
      hint: 'Raise `limits: { memory: … }` in the plan.',
      cause,
    });
  return new ServiceError('query-failed', `the restored files could not be read to the end (${why})`, {
    hint: 'Run the drill again, and report this if it stays so.',
    cause,
  });
}
