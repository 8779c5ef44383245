import { makeCgroup, removeCgroup, type Counted } from '../system/cgroup.ts';
import { runTool } from '../system/process.ts';
import { fine, lacking, type Answer, type Part } from './answer.ts';

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const LEAST_NODE = [20, 20] as const;
/** Older ones end an answer that hangs. */
const LIMIT_MS = 10_000;

/** What every drill needs of the machine. */
export async function machinePart(stop: AbortSignal): Promise<Part> {
  const tools = [
    ...['zstd', 'lz4', 'xz'].map(name => compressorAnswer(name, stop)),
    toolAnswer({ subject: 'flock', args: ['--version'], package: 'util-linux', without: 'nothing can be written to a ledger' }, stop),
  ];
  return { title: 'This machine', answers: [nodeAnswer(process.versions.node), ...(await Promise.all([...tools, cgroupAnswer()]))] };
}

/** What `verify.sh` needs, so that an auditor need not trust us. Drills go on without it. */
export async function auditPart(stop: AbortSignal): Promise<Part> {
  const without = 'verify.sh cannot run here; resurgam verify still can';
  const answers = [
    toolAnswer({ subject: 'jq', args: ['-n', '1+1'], prints: /^2$/m, package: 'jq', without, needed: false }, stop),
    toolAnswer({ subject: 'xxd', args: ['-r', '-p'], stdin: '6f6b', prints: /ok/, package: 'xxd', without, needed: false }, stop),
    toolAnswer(
      {
        subject: 'openssl',
        args: ['version'],
        prints: /^OpenSSL ([3-9]|\d\d)\./m,
        package: 'openssl',
        without,
        needed: false,
        wanted: 'version 3 or later',
      },
      stop,
    ),
  ];
  return { title: 'For auditors (verify.sh)', answers: await Promise.all(answers) };
}

/** Of the version that this program runs on. Pure. */
export function nodeAnswer(version: string): Answer {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor, leastMinor] = LEAST_NODE;
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return fine('Node.js', version);
  return lacking('Node.js', {
    says: `${version}, expected ${LEAST_NODE.join('.')} or later`,
    without: 'parts of Resurgam may break at any moment',
    todo: `Install Node.js ${LEAST_NODE.join('.')} or later.`,
  });
}

interface Tool {
  readonly subject: string;
  readonly args: readonly string[];
  readonly stdin?: string;
  readonly prints?: RegExp;
  readonly package: string;
  readonly without: string;
  readonly needed?: boolean;
  readonly wanted?: string;
}

/** Tried, not only looked for. */
async function toolAnswer(tool: Tool, stop: AbortSignal): Promise<Answer> {
  const { subject, args, stdin, prints = /./, without, needed = true, wanted } = tool;
  const result = await runTool(
    { file: subject, args, env: { PATH, LC_ALL: 'C' }, timeLimitMs: LIMIT_MS, ...(stdin === undefined ? {} : { stdin }) },
    stop,
  );
  if (result.exitCode === 0 && prints.test(result.stdout)) return fine(subject, 'works');
  const says =
    result.exitCode === undefined && !result.timedOut
      ? 'not installed'
      : wanted === undefined
        ? 'there, but it does not work'
        : `not usable: ${wanted} is wanted`;
  return lacking(subject, { says, without, needed, todo: `Run: apt-get install ${tool.package}` });
}

const PACKAGES: Readonly<Record<string, string>> = { zstd: 'zstd', lz4: 'lz4', xz: 'xz-utils' };

/** A compressor works when it gives back what it was given. */
async function compressorAnswer(name: string, stop: AbortSignal): Promise<Answer> {
  const script = `printf '%s' 'there and back' | ${name} -c | ${name} -dc`;
  const result = await runTool({ file: '/bin/sh', args: ['-c', script], env: { PATH, LC_ALL: 'C' }, timeLimitMs: LIMIT_MS }, stop);
  if (result.stdout === 'there and back') return fine(name, 'works');
  return lacking(name, {
    says: 'not installed, or it does not work',
    without: `backups packed with ${name} cannot be restored: their drills are inconclusive`,
    todo: `Run: apt-get install ${PACKAGES[name] ?? name}`,
    needed: false,
  });
}

const CONTROLLERS: Readonly<Record<Counted, string>> = { memory: 'memory', pids: 'number of processes', cpu: 'CPU time' };

/** A group is really made and taken away again: having the folders says nothing about the right to use them. */
async function cgroupAnswer(): Promise<Answer> {
  const subject = 'limits (cgroups)';
  const made = await makeCgroup(`resurgam-doctor-${process.pid}`, { memoryBytes: 64 * 1024 * 1024, processes: 16, cpus: 1 });
  if (made !== undefined) await removeCgroup(made.folders);
  const all = Object.keys(CONTROLLERS) as Counted[];
  const not = all.filter(name => made?.counted.has(name) !== true).map(name => CONTROLLERS[name]);
  if (not.length === 0) return fine(subject, 'memory, number of processes and CPU time of a sandbox are limited by the kernel');
  return lacking(subject, {
    says: `the kernel limits no ${not.join(', no ')} of a sandbox for this user`,
    without: 'limits are kept by watching, a moment later; a drill says so',
    todo: 'Run Resurgam by systemd with Delegate=yes (packaging/resurgam.service), or as root.',
    needed: false,
  });
}
