import { mkdtemp, rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pgDump } from '../src/backup/pg-dump/tool.ts';
import { answerFetch, type FetchAnswer } from '../src/fetching.ts';
import { never, onlyPoint, section, startDumpSource, type DumpSource } from './backup/pg-dump/dumps.ts';

describe('the program of the first jail', () => {
  let source: DumpSource;
  beforeAll(async () => {
    source = await startDumpSource();
  });
  afterAll(() => source[Symbol.asyncDispose]());

  it('answers the drill in lines: progress, then what is staged', async () => {
    const folder = await source.folder();
    await source.shell(folder, 'pg_dump -Fc -f x ehr');
    const staging = await mkdtemp('/tmp/rsg-staging-');
    const answers: FetchAnswer[] = [];
    const request = { tool: 'pg-dump', point: await onlyPoint(folder), section: section({ from: folder }), staging };

    const fetched = await answerFetch(JSON.stringify(request), [pgDump], { stop: never, say: answer => answers.push(answer) });
    await rm(staging, { recursive: true });

    expect(fetched).toBe(true);
    expect(answers.map(({ type }) => type)).toEqual(['progress', 'staged']);
  });

  it.each([
    ['not JSON', 'hello', 'tool-failed'],
    ['a tool that is not there', '{"tool":"x"}', 'tool-missing'],
  ])('answers %s with an error', async (_, input, code) => {
    const answers: FetchAnswer[] = [];

    const fetched = await answerFetch(input, [pgDump], { stop: never, say: answer => answers.push(answer) });

    expect(fetched).toBe(false);
    expect(answers).toMatchObject([{ type: 'error', code }]);
  });
});
