import { provision } from '../cell/provision.ts';
import { settingOf, type SandboxOptions } from '../cell/setting.ts';
import type { Sandbox } from '../sandbox.ts';
import { bubblewrapJailer } from './jailer.ts';

export interface NamespaceOptions extends SandboxOptions {
  /** Program to make jails with. Default `bwrap`, looked for in /usr/local/bin, /usr/bin and /bin. */
  readonly bubblewrap?: string;
}

/** Sandboxes of Linux namespaces, made by bubblewrap: no daemon, no image, as root or as an ordinary user. */
export function namespaceSandbox(options: NamespaceOptions): Sandbox {
  const jailer = bubblewrapJailer(options.bubblewrap ?? 'bwrap');
  return {
    kind: jailer.kind,
    provision: (request, stop) => provision({ given: settingOf(options), jailer, request }, stop),
    unavailable: () => jailer.unavailable(),
  };
}
