import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PrintedDrill } from '../../src/evidence/record.ts';
import { bench, type Bench } from '../e2e/cli.ts';

let drills: Bench;
const SECRET = 'Hunter2-Zq9-long';
beforeAll(async () => {
  drills = await bench({ inProcess: true });
  const stamp = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const folder = `${drills.backups}/${stamp}`;
  mkdirSync(folder, { recursive: true });
  for (let n = 0; n < 20; n += 1) writeFileSync(`${folder}/${String(n)}.txt`, `letter ${String(n)}\n`);
  mkdirSync(`${drills.folder}/runbooks/recovery`, { recursive: true });
  writeFileSync(`${drills.folder}/secret`, SECRET, { mode: 0o600 });
});
afterAll(() => drills.remove());

const TYPES = `import type { Runbook } from '../../src/runbook.ts';\n`;

/** A runbook over restored letters; `viewer` is an application that only the runbook can start. */
async function drilled(
  name: string,
  script: { readonly letters?: string; readonly viewer?: string },
): Promise<{ record: PrintedDrill; stderr: string }> {
  const write = (file: string, text: string): void => writeFileSync(`${drills.folder}/runbooks/recovery/${file}`, TYPES + text);
  const part = (which: 'letters' | 'viewer'): string =>
    script[which] === undefined
      ? ''
      : `    runbook: { script: runbooks/recovery/${name}-${which}.ts, with: { port: 8090 }, secrets: { TOKEN: { file: ${drills.folder}/secret } } }\n`;
  if (script.letters !== undefined) write(`${name}-letters.ts`, script.letters);
  if (script.viewer !== undefined) write(`${name}-viewer.ts`, script.viewer);
  const viewer =
    script.viewer === undefined
      ? ''
      : `  viewer:\n    needs: [letters]\n${part('viewer')}    probes: [http: { get: /7.txt, contains: letter 7 }]\n`;
  const plan = await drills.plan(
    name,
    `components:\n  letters:\n    backup: { tool: tree, from: ${drills.backups} }\n${part('letters')}${viewer}`,
  );
  const { record, ran } = await drills.drill(plan);
  return { record, stderr: ran.stderr };
}

const VIEWER = `export default {
  before: [{ name: 'Look at the letters', run: async ({ $, needs }) => void (await $\`test -s \${needs.letters?.files}/7.txt\`) }],
  start: ({ needs, with: { port } }) => ({
    start: ['/usr/bin/python3', '-m', 'http.server', String(port), '--bind', '127.0.0.1', '--directory', needs.letters?.files ?? ''],
    port: Number(port),
    ready: { get: '/' },
  }),
  after: [
    {
      name: 'Ask it once',
      run: async ({ $, server }) => void (await $\`perl -MIO::Socket -e 'my \$s = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => shift) or exit 3; print {\$s} "GET / HTTP/1.0\\\\r\\\\n\\\\r\\\\n"; print <\$s>' \${server?.port}\`),
    },
  ],
} satisfies Runbook;
`;

test('steps are executed in the sandbox before and after the start, and what they start is the system', async () => {
  const letters = `export default {
    before: [{
      name: 'Write the settings',
      within: '1m',
      run: async ({ $, files, log, secrets }) => { log('with ' + secrets.TOKEN); await $\`echo ready > \${files}/settings\`; },
      check: async ({ $, files }) => (await $\`cat \${files}/settings\`).stdout === 'ready\\n',
    }],
  } satisfies Runbook;\n`;

  const { record, stderr } = await drilled('healthy', { letters, viewer: VIEWER });

  expect([record.verdict, record.reasons], stderr).toEqual(['passed', []]);
  expect(record.steps.map(one => [one.component, one.when, one.name, one.outcome])).toEqual([
    ['letters', 'before', 'Write the settings', 'passed'],
    ['viewer', 'before', 'Look at the letters', 'passed'],
    ['viewer', 'after', 'Ask it once', 'passed'],
  ]);
  expect(record.runbooks.map(one => one.component)).toEqual(['letters', 'viewer']);
  expect(record.phases.filter(one => one.phase === 'runbook').length).toBeGreaterThan(1);
  expect(record.toolLogs.filter(one => one.name === 'runbook').length).toBeGreaterThan(0);
  expect(JSON.stringify(record) + stderr).not.toContain(SECRET);
});

const step = (run: string, more = ''): string =>
  `export default { before: [{ name: 'The step', ${more} run: async ({ $, files, secrets }) => { ${run} } }] } satisfies Runbook;\n`;

test('a step that fails, hangs, ends with 0 after failing, or leaves before its end is told, and its component is not started', async () => {
  const gone = 'await $`cat ${files}/gone`;';
  const scripts = {
    fails: step(gone),
    hangs: step('await $`sleep 600`;', `within: '2s',`),
    hides: step(
      'await $`cat ${files}/gone || true`;',
      `check: async ({ $, files }) => (await $\`test -e \${files}/gone\`).exitCode === 0,`,
    ),
    leaves: step('process.exit(0);'),
  };
  const parts = Object.entries(scripts).map(([name, text]) => {
    writeFileSync(`${drills.folder}/runbooks/recovery/bad-${name}.ts`, TYPES + text);
    return `  ${name}:\n    backup: { tool: tree, from: ${drills.backups} }\n    runbook: runbooks/recovery/bad-${name}.ts\n`;
  });

  const { record, ran } = await drills.drill(await drills.plan('bad', `components:\n${parts.join('')}`));

  expect(record.verdict, ran.stderr).toBe('failed');
  const said = record.findings
    .filter(one => one.code.startsWith('runbook.'))
    .map(one => `${one.component ?? ''}: ${one.code} ${one.outcome}`);
  expect(said.sort()).toEqual([
    'fails: runbook.step-failed failed',
    'hangs: runbook.too-slow failed',
    'hides: runbook.check-failed failed',
    'leaves: runbook.step-failed failed',
  ]);
  expect(record.phases.some(one => one.phase === 'start')).toBe(false);
  expect(record.destroyed).toMatchObject({ verified: true, processes: 0 });
});

test('a step that forks, prints its secret and tries to leave the sandbox leaves nothing and reaches nothing', async () => {
  const letters = step(`
    const out = await $\`(setsid sleep 500 >/dev/null 2>&1 &) ; echo \${secrets.TOKEN}; cat ${drills.folder}/secret 2>&1 || echo hidden\`;
    if (!out.stdout.includes('hidden')) throw new Error('the host was seen');
    const far = await $\`perl -MIO::Socket -e 'exit(IO::Socket::INET->new(PeerAddr => "192.0.2.1", PeerPort => 80, Timeout => 1) ? 0 : 7)'\`.nothrow();
    if (far.exitCode === 0) throw new Error('the network was reached');
    await $\`touch /usr/here\`.nothrow();
    if ((await $\`test -e /usr/here\`.nothrow()).exitCode === 0) throw new Error('the machine was written');`);

  const { record, stderr } = await drilled('hostile', { letters });

  expect([record.verdict, record.reasons], stderr).toEqual(['passed', []]);
  expect(record.destroyed).toMatchObject({ verified: true, processes: 0, mounts: 0, bytes: 0 });
  expect(JSON.stringify(record) + stderr).not.toContain(SECRET);
});

test('a runbook that cannot be read says where, and nothing of the backup', async () => {
  const { record, stderr } = await drilled('broken', { letters: 'export default { before: [ satisfies Runbook;\n' });

  expect(record.verdict).toBe('inconclusive');
  expect(stderr).toContain('the runbook runbooks/recovery/broken-letters.ts cannot be read');
  const { record: without } = await drilled('empty', { letters: 'export const nothing = 1;\n' });
  expect(without.verdict).toBe('inconclusive');
});
