import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { command } from '../../../src/backup/command/tool.ts';
import { describeBackupTool, type GivenStore, type GivenTool } from '../../conformance/backup-tool.ts';
import { CHECKOUT } from '../../e2e/cli.ts';

const run = promisify(execFile);
const SECRET = 's3cr3t-of-the-tool';

/** The example that we ship, over real bundles of a real repository. */
async function make(): Promise<GivenTool> {
  const folder = await mkdtemp('/tmp/rsg-command-case-');
  await chmod(folder, 0o755);
  const tools = join(folder, 'tools');
  await cp(join(CHECKOUT, 'runbooks/tools/git-bundle'), tools, { recursive: true });
  const bundles = (name: string): string => join(folder, name);
  for (const name of ['repository', 'healthy', 'empty']) await mkdir(bundles(name));
  const commit = 'git add . && git -c user.name=n -c user.email=n@example commit -qm one && git bundle create -q';
  const script = `git init -q . && seq 1 500 > hosts.conf && ${commit} ../healthy/doe-jane-20261127T040000Z.bundle --all &&
    seq 1 900 > hosts.conf && ${commit} ../healthy/doe-jane-20261127T050000Z.bundle --all`;
  await run('sh', ['-c', script], { cwd: bundles('repository'), env: { PATH: process.env['PATH'] ?? '', HOME: folder } });
  const good = await readFile(join(bundles('healthy'), 'doe-jane-20261127T050000Z.bundle'));
  const over = (place: string): GivenStore => {
    const of = (name: string): readonly string[] => [join(tools, name), place];
    const env = { TOKEN: { env: 'TOKEN' } };
    return { options: { list: of('list'), fetch: of('fetch'), restore: of('restore'), reads: [place], env }, env: { TOKEN: SECRET } };
  };
  const put = async (place: string, bytes: Buffer): Promise<GivenStore> => {
    await writeFile(join(place, 'doe-jane-20261127T050000Z.bundle'), bytes);
    return over(place);
  };
  return {
    healthy: over(bundles('healthy')),
    points: 2,
    empty: over(bundles('empty')),
    missing: over(bundles('nowhere')),
    damaged: place => put(place, good.subarray(0, good.length / 2)),
    changing: async place => ({ store: await put(place, good), change: () => put(place, Buffer.concat([good, good])) }),
    byHand: { asked: 'wc -l < "$RECOVERED/part/configuration/hosts.conf"', answer: '900' },
    secrets: [SECRET],
    names: ['doe-jane'],
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

describeBackupTool({ tool: command, make });
