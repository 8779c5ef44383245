import { streamsOf, type Cell, type CellOrder } from '../cell/cell.ts';
import type { JailedTool, Jailer } from '../cell/jailer.ts';
import { childrenOf } from '../../system/proc.ts';
import { startTool, type ToolResult } from '../../system/process.ts';
import { SandboxError } from '../sandbox.ts';
import { bubblewrapArguments } from './arguments.ts';
import { launcherArguments } from './launch.ts';
import { whyUnavailable } from './unavailable.ts';

/** Jails of bubblewrap: one for each program, gone with it, and with us. */
export function bubblewrapJailer(bubblewrap: string): Jailer {
  return {
    kind: 'namespace',
    groups: 'below',
    ready: () => Promise.resolve(),
    start: (cell, order, stop) => Promise.resolve(start(bubblewrap, { cell, order }, stop)),
    unavailable: () => whyUnavailable(bubblewrap),
    shows: () => false,
  };
}

function start(bubblewrap: string, jailed: { readonly cell: Cell; readonly order: CellOrder }, stop: AbortSignal): JailedTool {
  const { cell, order } = jailed;
  const program = [bubblewrap, ...bubblewrapArguments(order.shape, order.program)];
  const tool = startTool(
    {
      file: '/bin/sh',
      args: launcherArguments({ ...cell.bounds, fileBytes: cell.limits.diskBytes }, program),
      // The label is on bubblewrap itself; the jailed program does not inherit it.
      env: { ...order.shape.secrets, PATH: '/usr/local/bin:/usr/bin:/bin', RESURGAM_DRILL: cell.place.drill },
      graceMs: 100,
      ...streamsOf(order),
    },
    stop,
  );
  return { ...tool, inner: async () => (await childrenOf(tool.pid))[0], couldNot };
}

/** Bubblewrap says so itself when it could not make the jail. */
function couldNot(result: ToolResult): SandboxError | undefined {
  const isBroken = (result.exitCode === 1 && result.stderr.startsWith('bwrap: ')) || result.exitCode === 125;
  if (!isBroken) return undefined;
  return new SandboxError('broke', 'bubblewrap could not make the jail', {
    hint: 'Run `resurgam drill` again; if it stays so, try `bwrap --version`.',
    cause: new Error(result.stderr),
  });
}
