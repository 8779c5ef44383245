import { containerSandbox } from './container/container.ts';
import { reapContainers } from './container/reap.ts';
import { namespaceSandbox, type NamespaceOptions } from './namespace/namespace.ts';
import { reapNamespaces } from './namespace/reap.ts';
import type { Reaped } from './reap.ts';
import type { Sandbox } from './sandbox.ts';

/** Every kind of sandbox there is; the first is what a plan gets that names none. */
export function allSandboxes(options: NamespaceOptions): readonly Sandbox[] {
  return [namespaceSandbox(options), containerSandbox(options)];
}

/** Removes what sandboxes of any kind left whose owner is gone; tells of each drill, so that it can be signed as interrupted. */
export async function reap(scratch: string): Promise<readonly Reaped[]> {
  return [...(await reapNamespaces(scratch)), ...(await reapContainers(scratch))];
}
