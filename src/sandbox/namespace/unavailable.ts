import { readFile } from '../../system/files.ts';
import { runTool } from '../../system/process.ts';
import { TRIAL, TRIAL_UID } from '../cell/shape.ts';
import { SandboxError } from '../sandbox.ts';
import { bubblewrapArguments } from './arguments.ts';

const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin' };

/** Undefined if a jail can be made here: found out by making one. */
export async function whyUnavailable(bubblewrap: string): Promise<SandboxError | undefined> {
  const isRoot = process.getuid?.() === 0;
  const runner = isRoot ? ({ as: 'drill-user', uid: TRIAL_UID } as const) : ({ as: 'own-user' } as const);
  const args = bubblewrapArguments({ ...TRIAL, runner }, ['/usr/bin/perl', '-e', 'exit 42']);
  const result = await runTool({ file: bubblewrap, args, env: ENVIRONMENT, timeLimitMs: 20_000 }, new AbortController().signal);
  if (result.exitCode === 42) return undefined;
  if (result.exitCode === undefined && result.signal === undefined) return missing('bubblewrap (`bwrap`) is not installed', 'bubblewrap');
  if (result.exitCode === 127) return missing('`setpriv` or `perl` is not under /usr/bin', 'util-linux perl-base');
  if (/unknown option/i.test(result.stderr)) return missing('this bubblewrap is older than 0.8', 'bubblewrap');
  return forbidden(isRoot, new Error(result.stderr));
}

function missing(message: string, packages: string): SandboxError {
  return new SandboxError('tool-missing', message, { hint: `Run: apt-get install ${packages}` });
}

/** Each switch by which a kernel forbids them, and how to allow them again. */
const switches = [
  {
    file: '/proc/sys/user/max_user_namespaces',
    forbids: '0',
    message: 'the kernel allows no user namespaces (user.max_user_namespaces is 0)',
    hint: 'Run as root: sysctl -w user.max_user_namespaces=10000 (and write it to /etc/sysctl.d/90-resurgam.conf), or run Resurgam as root.',
  },
  {
    file: '/proc/sys/kernel/unprivileged_userns_clone',
    forbids: '0',
    message: 'the kernel allows user namespaces to root alone (kernel.unprivileged_userns_clone is 0)',
    hint: 'Run as root: sysctl -w kernel.unprivileged_userns_clone=1 (and write it to /etc/sysctl.d/90-resurgam.conf), or run Resurgam as root.',
  },
  {
    file: '/proc/sys/kernel/apparmor_restrict_unprivileged_userns',
    forbids: '1',
    message: 'AppArmor forbids user namespaces to programs without a profile (kernel.apparmor_restrict_unprivileged_userns is 1)',
    hint: 'Give /usr/bin/bwrap a profile with `userns,`, or run as root: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or run Resurgam as root.',
  },
] as const;

async function forbidden(isRoot: boolean, cause: Error): Promise<SandboxError> {
  for (const each of isRoot ? [] : switches) {
    const value = await readFile(each.file, 'utf8').catch(() => undefined);
    if (value?.trim() === each.forbids) return new SandboxError('namespaces-forbidden', each.message, { hint: each.hint, cause });
  }
  return new SandboxError('namespaces-forbidden', 'this machine does not let bubblewrap make namespaces', {
    hint: isRoot
      ? 'In a container: start it with `--cap-add SYS_ADMIN --security-opt seccomp=unconfined --security-opt apparmor=unconfined`, or run Resurgam outside it.'
      : 'In a container: start it with `--security-opt seccomp=unconfined`, or run Resurgam outside it, or as root.',
    cause,
  });
}
