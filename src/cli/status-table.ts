import type { Standing } from '../status/standing.ts';
import type { SystemStatus } from '../status/status.ts';
import { roughly } from './rough.ts';
import { clip, paint, printable, widthOf, type Style, type Terminal } from './terminal.ts';

/** The word for each standing, and how it is shown; worst first. */
export const STANDING: Readonly<Record<Standing, readonly [unicode: string, ascii: string, word: string, style: Style]>> = {
  failed: ['✘', 'X', 'failed', 'red'],
  'objective-missed': ['!', '!', 'missed target', 'yellow'],
  'backup-too-old': ['!', '!', 'backup too old', 'yellow'],
  'backup-failed': ['!', '!', 'backup is bad', 'yellow'],
  'never-drilled': ['?', '?', 'never drilled', 'magenta'],
  overdue: ['!', '!', 'drill overdue', 'yellow'],
  'needs-drilling': ['?', '?', 'needs drilling', 'magenta'],
  unclear: ['?', '?', 'could not tell', 'magenta'],
  passed: ['✔', '+', 'passed', 'green'],
};

interface Column {
  readonly name: 'client' | 'standing' | 'drilled' | 'recovery' | 'lost' | 'newest' | 'next';
  /** Where there is room, and where there is little. */
  readonly heads: readonly [wide: string, narrow: string];
  /** Left out first where there is hardly any; 0: never. */
  readonly spare: number;
  of(system: SystemStatus, shown: Shown): string;
}

interface Shown {
  readonly nowMs: number;
  readonly narrow: boolean;
}

const GAP = '  ';
const NARROWEST_NAME = 14;
const WIDEST_NAME = 40;
const WIDEST_CLIENT = 20;

const COLUMNS: readonly Column[] = [
  { name: 'client', heads: ['Client', 'Client'], spare: 4, of: system => fitted(printable(system.client), WIDEST_CLIENT) },
  { name: 'standing', heads: ['Standing', 'Standing'], spare: 0, of: system => STANDING[system.standing][2] },
  { name: 'drilled', heads: ['Drilled', 'Drilled'], spare: 0, of: drilledText },
  {
    name: 'recovery',
    heads: ['Recovery', 'Recovery'],
    spare: 0,
    of: (one, shown) => against(one.conclusive?.recoveryTimeMs, one.rtoMs, shown),
  },
  { name: 'lost', heads: ['Data lost', 'Data lost'], spare: 2, of: (one, shown) => against(one.conclusive?.rpaMs, one.rpoMs, shown) },
  { name: 'newest', heads: ['Newest backup', 'Backup'], spare: 1, of: newestText },
  { name: 'next', heads: ['Next drill', 'Next'], spare: 3, of: nextText },
];

function drilledText({ conclusiveAgeMs: ageMs }: SystemStatus, { narrow }: Shown): string {
  if (ageMs === null) return 'never';
  return narrow ? roughly(ageMs) : `${roughly(ageMs)} ago`;
}

function against(ms: number | null | undefined, targetMs: number, { narrow }: Shown): string {
  if (ms === null || ms === undefined) return narrow ? 'untested' : 'not tested';
  return `${roughly(ms)}${narrow ? '/' : ' of '}${roughly(targetMs)}`;
}

function newestText({ newestPoint }: SystemStatus, { narrow }: Shown): string {
  if (newestPoint === null) return narrow ? '?' : 'unknown';
  return narrow ? roughly(newestPoint.ageMs) : `${roughly(newestPoint.ageMs)} old`;
}

function nextText({ due }: SystemStatus, { nowMs, narrow }: Shown): string {
  if (due === null) return narrow ? 'none' : 'none planned';
  if (due.state === 'running') return 'now';
  const ms = Date.parse(due.dueAt) - nowMs;
  if (ms < 0) return due.late ? `late ${roughly(-ms)}` : narrow ? 'due' : 'due now';
  return narrow ? roughly(ms) : `in ${roughly(ms)}`;
}

/** The systems as lines of a table, in their order, and its heading. */
export interface Table {
  readonly head: string;
  readonly lines: readonly string[];
}

/** As wide as there is room: in full, in short, then without the columns that are missed least. The name takes what is left. */
export function tableOf(systems: readonly SystemStatus[], shown: { terminal: Terminal; nowMs: number; clients: number }): Table {
  const { terminal, nowMs, clients } = shown;
  const names = systems.map(one => fitted(printable(one.system), WIDEST_NAME));
  const longest = widest(names, 'System');
  const layout = chosenLayout(systems, {
    nowMs,
    longest,
    columns: COLUMNS.filter(one => one.name !== 'client' || clients > 1),
    total: terminal.columns,
  });
  const heads = layout.columns.map((column, at) => padded(column.heads[layout.narrow ? 1 : 0], layout.widths[at] ?? 0));
  const head = `${GAP}${[padded('System', layout.room), ...heads].join(GAP).trimEnd()}`;
  const standing = layout.columns.findIndex(column => column.name === 'standing');
  const lines = systems.map((system, row) => {
    const [unicode, ascii, , style] = STANDING[system.standing];
    const cells = layout.cells.map((column, at) => {
      const text = padded(column[row] ?? '', layout.widths[at] ?? 0);
      return at === standing ? paint(terminal, [style], text) : text;
    });
    const name = padded(fitted(names[row] ?? '', layout.room), layout.room);
    return `${paint(terminal, [style], terminal.unicode ? unicode : ascii)} ${[name, ...cells].join(GAP).trimEnd()}`;
  });
  return { head: paint(terminal, ['bold'], head), lines };
}

interface Layout {
  readonly columns: readonly Column[];
  /** By column, then by system. */
  readonly cells: readonly (readonly string[])[];
  readonly widths: readonly number[];
  /** For the name. */
  readonly room: number;
  readonly narrow: boolean;
}

interface Wanted {
  readonly columns: readonly Column[];
  readonly nowMs: number;
  readonly longest: number;
  readonly total: number;
}

function chosenLayout(systems: readonly SystemStatus[], wanted: Wanted): Layout {
  const whole = layoutOf(systems, wanted, false);
  // A name that is cut a little is better than figures in short.
  if (whole.room >= Math.min(wanted.longest, NARROWEST_NAME + 6)) return whole;
  let layout = layoutOf(systems, wanted, true);
  while (layout.room < Math.min(wanted.longest, NARROWEST_NAME) && layout.columns.some(column => column.spare > 0))
    layout = withoutSpare(layout, wanted);
  return { ...layout, room: Math.max(1, layout.room) };
}

function layoutOf(systems: readonly SystemStatus[], wanted: Wanted, narrow: boolean): Layout {
  const { columns, nowMs } = wanted;
  const cells = columns.map(column => systems.map(system => column.of(system, { nowMs, narrow })));
  const widths = columns.map((column, at) => widest(cells[at] ?? [], column.heads[narrow ? 1 : 0]));
  return { columns, cells, widths, room: roomFor(widths, wanted), narrow };
}

function withoutSpare(layout: Layout, wanted: Wanted): Layout {
  const most = Math.max(...layout.columns.map(column => column.spare));
  const kept = layout.columns.map(column => column.spare < most);
  const widths = layout.widths.filter((_, at) => kept[at]);
  return {
    ...layout,
    columns: layout.columns.filter((_, at) => kept[at]),
    cells: layout.cells.filter((_, at) => kept[at]),
    widths,
    room: roomFor(widths, wanted),
  };
}

function roomFor(widths: readonly number[], { longest, total }: Wanted): number {
  const taken = widths.reduce((sum, width) => sum + width + GAP.length, 2);
  return Math.min(longest, total - taken);
}

function widest(texts: readonly string[], head: string): number {
  let width = head.length;
  for (const text of texts) width = Math.max(width, columnsOf(text));
  return width;
}

const PLAIN = /^[\x20-\x7E]*$/;

/** The same as `widthOf`; plain text, which is nearly all of it, is not cut into graphemes: 10,000 systems have 70,000 cells. */
function columnsOf(text: string): number {
  return PLAIN.test(text) ? text.length : widthOf(text);
}

function padded(text: string, columns: number): string {
  const missing = columns - columnsOf(text);
  return missing <= 0 ? text : text + ' '.repeat(missing);
}

function fitted(text: string, columns: number): string {
  return columnsOf(text) <= columns ? text : clip(text, columns);
}
