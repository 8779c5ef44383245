import { bytesText, counted } from '../report/words.ts';
import type { Status, WorkerStatus } from '../status/status.ts';
import { roughly } from './rough.ts';
import { block, clip, paint, printable, type Terminal } from './terminal.ts';

const MOST_WORKERS = 6;

/** What is due and was not begun, by site; nothing if nothing is. */
export function waitingLines({ waiting }: Status, terminal: Terminal): string[] {
  if (waiting.length === 0) return [];
  const sites = waiting.map(({ site, plans, hindered }) => {
    const cannot = hindered === 0 ? '' : hindered === plans ? ' (cannot begin)' : ` (${hindered} cannot begin)`;
    return `${counted(plans, 'drill')} at ${site}${cannot}`;
  });
  return block(printable(`Waiting to begin: ${sites.join(', ')}.`), terminal);
}

/** One line for each worker, silent ones first. */
export function workerLines({ workers }: Status, terminal: Terminal): string[] {
  const more = workers.length - MOST_WORKERS;
  const rest = more > 0 ? [paint(terminal, ['dim'], `  and ${counted(more, 'more worker')}, ${silentBeyond(workers)} of them silent`)] : [];
  const several = new Set(workers.filter(({ state }) => state !== 'stopped').map(({ version }) => version)).size > 1;
  if (workers.length > 0) return [...workers.slice(0, MOST_WORKERS).map(worker => workerLine(worker, { terminal, several })), ...rest];
  const none = 'No worker has run here: nothing is checked or drilled by itself. Start one with resurgam serve.';
  return block(none, terminal).map(line => paint(terminal, ['yellow'], line));
}

function silentBeyond(workers: readonly WorkerStatus[]): number {
  return workers.slice(MOST_WORKERS).filter(worker => worker.silent).length;
}

/** `several`: releases differ, so each says its own. */
function workerLine(worker: WorkerStatus, { terminal, several }: { readonly terminal: Terminal; readonly several: boolean }): string {
  const { id, site, silent, state, version } = worker;
  const [sign, style] = silent ? (['✘', 'red'] as const) : state === 'stopped' ? (['·', 'dim'] as const) : (['✔', 'green'] as const);
  const ascii = silent ? 'X' : state === 'stopped' ? '-' : '+';
  const isThere = !silent && state !== 'stopped';
  const said = [
    `${state === 'draining' ? 'draining, ' : ''}${heardText(worker)}`,
    ...(isThere && worker.doing.length > 0 ? [`at ${worker.doing.join(', ')}`] : []),
    ...(isThere ? capacityWords(worker) : []),
    ...(several ? [`release ${version}`] : []),
  ];
  const text = clip(printable(`worker ${id} (${site}): ${said.join(', ')}`), terminal.columns - 2);
  return `${paint(terminal, [style], terminal.unicode ? sign : ascii)} ${text}`;
}

function heardText({ state, silent, heardMs }: WorkerStatus): string {
  if (state === 'stopped') return `stopped ${roughly(heardMs)} ago`;
  return `${silent ? 'SILENT, last heard' : 'heard'} ${roughly(heardMs)} ago`;
}

function capacityWords({ slots, cpus, memoryBytes, diskBytes }: WorkerStatus): readonly string[] {
  return [
    ...(slots === null ? [] : [counted(slots, 'slot')]),
    ...(cpus === null ? [] : [counted(cpus, 'CPU')]),
    ...(memoryBytes === null ? [] : [bytesText(memoryBytes)]),
    ...(diskBytes === null ? [] : [`${bytesText(diskBytes)} of disk`]),
  ];
}
