import { runTool } from '../../system/process.ts';

const LONGEST_MS = 3_600_000;

/** How many files below have extended attributes or access lists; `null`: getfattr is not here, or could not tell. */
export async function countAttributed(root: string, stop: AbortSignal): Promise<number | null> {
  let files = 0;
  // One line `# file: …` for each that has some; a name with a line break is printed with an escape.
  const count = (chunk: Buffer): void => {
    for (let at = chunk.indexOf(MARK); at >= 0; at = chunk.indexOf(MARK, at + MARK.length)) files += 1;
  };
  const command = { file: 'getfattr', args: ['-RPhm', '-', '--absolute-names', '--', root], env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' } };
  const ended = await runTool({ ...command, stdout: count, timeLimitMs: LONGEST_MS }, stop);
  return ended.exitCode === 0 ? files : null;
}

const MARK = '# file: ';
