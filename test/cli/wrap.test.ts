import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { wrap, type WrapApp } from '../../src/cli/wrap.ts';
import { compose } from '../../src/compose.ts';
import { StoreError } from '../../src/store/error.ts';
import { openHome } from '../../src/store/home.ts';
import { lastJobRuns } from '../../src/store/state/job-runs.ts';
import { readToolLog } from '../../src/store/tool-log.ts';
import { testState, type TestState } from '../fixtures/state.ts';

const PLAN =
  'plan: ehr\nclient: lakeside\nsystem: { name: EHR, tier: 3 }\ncomponents:\n  database:\n    backup: { tool: pg-dump, from: /srv/ehr }\n';
const place = { client: 'lakeside', plan: 'ehr', component: 'database' };

class Sink extends Writable {
  said = '';
  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.said += chunk.toString();
    done();
  }
}

describe('a wrapped backup command', () => {
  let test: TestState;
  let folder: string;
  let app: WrapApp;
  let out: { stdout: Sink; stderr: Sink };
  beforeEach(async () => {
    test = await testState();
    folder = await mkdtemp('/tmp/rsg-wrap-');
    await writeFile(join(folder, 'ehr.yaml'), PLAN);
    const env = { PATH: process.env.PATH, PGPASSWORD: 'hunter22', RESURGAM_HOME: join(folder, 'home'), RESURGAM_PLANS: folder };
    app = { ...compose({ env, stop: new AbortController().signal }), state: () => Promise.resolve(test.state) };
    out = { stdout: new Sink(), stderr: new Sink() };
  });
  afterEach(async () => {
    await test[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const shell = (script: string, of: Partial<WrapApp> = {}, named = { plan: 'ehr', component: 'database' }) =>
    wrap({ ...app, ...of }, { ...named, command: ['sh', '-c', script] }, out);
  const runs = () => test.state.of(place.client, tx => lastJobRuns(tx, place, 5));

  it('is recorded with its duration, exit code and the size of its output', async () => {
    expect(await shell('printf 12345')).toEqual({ exitCode: 0, isLate: false });
    const [run] = await runs();

    expect(out).toMatchObject({ stdout: { said: '12345' }, stderr: { said: '' } });
    expect(run).toMatchObject({ source: 'wrap', state: 'succeeded', exitCode: 0, outputBytes: 5 });
    expect(run?.durationMs).toBeGreaterThanOrEqual(0);
  });

  it('that fails keeps its exit code, and what it complained about is kept encrypted and without secrets', async () => {
    const script = 'echo "cannot log in with $PGPASSWORD" >&2; exit 7';

    expect(await shell(script)).toMatchObject({ exitCode: 7 });
    const [run] = await runs();
    const home = await openHome(join(folder, 'home'));
    const [name = ''] = await readdir(home.toolLogs(place.client));
    const log = await readToolLog(home, { client: place.client, drill: name, name: 'stderr' });

    expect(run).toMatchObject({ state: 'failed', exitCode: 7 });
    expect(name).toBe(`job-${run?.run}`);
    expect(log?.toString()).toBe('cannot log in with [withheld]\n');
    expect(out.stderr.said).toBe('cannot log in with hunter22\n');
  });

  it.each([
    ['the state is away', 'ehr', 'database'],
    ['there is no such plan', 'nothing', 'database'],
    ['there is no such component', 'ehr', 'documents'],
  ])('runs all the same when %s, with one line about it', async (what, plan, component) => {
    const away = new StoreError('broke', 'the state does not answer', { hint: 'Start it.' });
    const of = what.includes('state') ? { state: () => Promise.reject(away) } : {};

    expect(await shell('printf dump; exit 3', of, { plan, component })).toEqual({ exitCode: 3, isLate: false });
    expect(out.stdout.said).toBe('dump');
    expect(out.stderr.said).toMatch(/^resurgam: this run was not recorded: [^\n]+\n$/);
    expect(await runs()).toEqual([]);
  });
});
