import { counted, stampText } from '../report/words.ts';
import type { ShownMatter } from '../status/matters.ts';
import type { Standing } from '../status/standing.ts';
import type { Status, SystemStatus } from '../status/status.ts';
import { roughly } from './rough.ts';
import { STANDING, tableOf } from './status-table.ts';
import { waitingLines, workerLines } from './status-workers.ts';
import { block, paint, type Style, type Terminal } from './terminal.ts';

export interface StatusTerms {
  readonly terminal: Terminal;
  /** Lines of the screen. */
  readonly rows: number;
  /** Every system, however many there are. */
  readonly all: boolean;
}

const SEVERITY: Readonly<Record<string, Style>> = { P1: 'red', P2: 'red', P3: 'yellow', P4: 'yellow' };
/** More open matters of one system are only counted. */
const MOST_MATTERS = 2;
const INDENT = '    ';

/** How it stands with everything, worst first: one screen, or every system. Ends with a line end. */
export function statusText(status: Status, terms: StatusTerms): string {
  const { terminal } = terms;
  const head = headLines(status, terminal);
  const others = status.otherMatters.flatMap(matter => matterLines(matter, terminal, ''));
  const foot = [...others, ...waitingLines(status, terminal), ...workerLines(status, terminal)];
  const room = terms.all ? Infinity : Math.max(6, terms.rows - head.length - foot.length - 6);
  const body = status.systems.length === 0 ? [] : systemLines(status, terminal, room);
  const paragraphs = [head, body, foot].filter(lines => lines.length > 0);
  return `${paragraphs.map(lines => lines.join('\n')).join('\n\n')}\n`;
}

function headLines(status: Status, terminal: Terminal): string[] {
  const { systems, clients, counts, at } = status;
  const time = paint(terminal, ['dim'], stampText(at));
  if (systems.length === 0) return [time, ...block('There is no plan yet: run resurgam init to have one written.', terminal)];
  const of = `${counted(systems.length, 'system')} of ${counted(clients, 'client')}`;
  const there = (Object.keys(STANDING) as Standing[]).filter(standing => counts[standing] > 0);
  const said = there.map(standing => `${counts[standing].toLocaleString('en-US')} ${STANDING[standing][2]}`);
  const lines = block(`${of}: ${said.join(', ')}.`, terminal);
  return [time, ...lines.map(line => paint(terminal, ['bold'], line))];
}

/** As many as fit, from the worst on; then what is not shown is counted. */
function systemLines(status: Status, terminal: Terminal, room: number): string[] {
  const { systems, bad, at, clients } = status;
  const chosen: { system: SystemStatus; notes: readonly string[] }[] = [];
  let left = room;
  for (const system of systems) {
    const notes = noteLines(system, terminal);
    left -= 1 + notes.length;
    if (left < 0) break;
    chosen.push({ system, notes });
  }
  const table = tableOf(
    chosen.map(one => one.system),
    { terminal, nowMs: Date.parse(at), clients },
  );
  const lines = chosen.flatMap(({ notes }, at) => [table.lines[at] ?? '', ...notes]);
  return [table.head, ...lines, ...hiddenLines(chosen.length, { bad, all: systems.length }, terminal)];
}

function hiddenLines(shown: number, of: { bad: number; all: number }, terminal: Terminal): string[] {
  if (shown === of.all) return [];
  const bad = Math.max(0, of.bad - shown);
  const good = of.all - Math.max(shown, of.bad);
  const parts = [
    ...(bad > 0 ? [`${bad.toLocaleString('en-US')} that ${bad === 1 ? 'needs' : 'need'} a look`] : []),
    ...(good > 0 ? [`${good.toLocaleString('en-US')} in order`] : []),
  ];
  return block(`Not shown: ${parts.join(', ')}. See every one with resurgam status --all.`, terminal).map(line =>
    paint(terminal, ['dim'], line),
  );
}

/** Why it stands as it does, where the table cannot say it; then who was called. */
function noteLines(system: SystemStatus, terminal: Terminal): string[] {
  const { newestPoint: point, standing, changedSincePass, last, conclusive, matters } = system;
  const tooOld =
    point?.tooOld === true
      ? `newest backup of ${point.component} is ${roughly(point.ageMs)} old, at most ${roughly(system.rpoMs)} was promised`
      : null;
  const changed = changedSincePass ? 'the plan was changed since its last passed drill' : null;
  const unclear = last?.verdict === 'inconclusive' && conclusive !== null ? 'the last drill could not tell: shown is the one before' : null;
  const bad = standing === 'backup-failed' ? 'the last look at its backups found something wrong' : null;
  const notes = [tooOld, bad, unclear, changed, hindranceNote(system)].filter(note => note !== null);
  const said = notes.length === 0 ? [] : block(notes.join('; '), terminal, INDENT).map(line => paint(terminal, ['dim'], line));
  const more = matters.length - MOST_MATTERS;
  return [
    ...said,
    ...matters.slice(0, MOST_MATTERS).flatMap(matter => matterLines(matter, terminal, INDENT)),
    ...(more > 0 ? [paint(terminal, ['dim'], `${INDENT}and ${counted(more, 'more open matter')}`)] : []),
  ];
}

function hindranceNote({ hindrance, site }: SystemStatus): string | null {
  if (hindrance === null) return null;
  return hindrance === 'site-unreachable'
    ? `its drill cannot begin: no worker takes the plans of the site ${site}`
    : `its drill cannot begin: its limits ask for more than any worker of the site ${site} has`;
}

function matterLines(matter: ShownMatter, terminal: Terminal, indent: string): string[] {
  const { severity, condition, plan, state, ageMs, escalation, called } = matter;
  const who = called.map(({ tier, contact, channels, reached }) => `${tier} ${contact} by ${channels.join(' and ')} (${reached})`);
  const what = `${severity} ${condition.replaceAll('-', ' ')}${indent === '' ? ` of ${plan}` : ''}, open for ${roughly(ageMs)}${state === 'open' ? '' : `, ${state}`}`;
  const people = who.length === 0 ? 'nobody was called yet' : `called: ${who.join(', ')}`;
  const [first = '', ...rest] = block(`${what}; ${people} · ${escalation}`, terminal, indent);
  return [first.replace(severity, paint(terminal, ['bold', SEVERITY[severity] ?? 'yellow'], severity)), ...rest];
}
