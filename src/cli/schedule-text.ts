import type { Ending, EndedOccurrence, Reconciliation } from '../store/endings.ts';
import { localTime } from './local-time.ts';
import type { ClientSchedule } from './schedule.ts';
import { block, padTo, paint, printable, type Style, type Terminal } from './terminal.ts';

const WORD: Readonly<Record<Ending, readonly [word: string, style: Style]>> = {
  passed: ['passed', 'green'],
  'objective-missed': ['objective missed', 'yellow'],
  failed: ['failed', 'red'],
  inconclusive: ['inconclusive', 'magenta'],
  skipped: ['skipped', 'dim'],
  missed: ['missed', 'red'],
  running: ['running', 'blue'],
  pending: ['pending', 'dim'],
  open: ['has no end', 'red'],
};

/** In the order of the reconciliation box (evidence.md, section 14). */
const IN_BOX: readonly Ending[] = ['passed', 'objective-missed', 'failed', 'inconclusive', 'skipped', 'missed', 'running', 'pending'];

/** What is due when in the client's zone, how what was due ended, and the reconciliation. */
export function scheduleText(schedules: readonly ClientSchedule[], terminal: Terminal): string {
  if (schedules.length === 0) return 'Nothing is scheduled: no client has a ledger yet.\n';
  return `${schedules.map(one => clientText(one, terminal).join('\n')).join('\n\n')}\n`;
}

function clientText(schedule: ClientSchedule, terminal: Terminal): string[] {
  const { client, timeZone, occurrences, reconciliation, now } = schedule;
  const width = Math.max(0, ...occurrences.map(({ plan }) => printable(plan).length));
  const lines = occurrences.map(one => occurrenceText(one, { timeZone, width, now, terminal }));
  const none = occurrences.length === 0 ? ['no drill is due in this time'] : [];
  return [
    paint(terminal, ['bold'], `${printable(client)} (${timeZone})`),
    ...none,
    ...lines,
    '',
    ...reconciliationText(reconciliation, terminal),
  ];
}

interface Shown {
  readonly timeZone: string;
  readonly width: number;
  readonly now: string;
  readonly terminal: Terminal;
}

function occurrenceText(one: EndedOccurrence, { timeZone, width, now, terminal }: Shown): string {
  const [word, style] = WORD[one.ending];
  const said = one.ending === 'pending' && one.dueAt <= now ? `due now, missed after ${localTime(one.lateAfter, timeZone)}` : word;
  const drill = one.drill === null ? '' : `  ${printable(one.drill)}`;
  const attempts = one.attempts > 1 ? `  (${one.attempts} attempts)` : '';
  return `${localTime(one.dueAt, timeZone)}  ${padTo(printable(one.plan), width)}  ${paint(terminal, [style], said)}${attempts}${drill}`;
}

/** `scheduled 10 = passed 2 + …`; a line that does not add up is never shown as one that does. */
export function reconciliationText(figures: Reconciliation, terminal: Terminal): string[] {
  const { scheduled, endings, onDemand, firstAttemptPassed, finished, whole } = figures;
  const sum = IN_BOX.reduce((total, ending) => total + endings[ending], 0);
  if (!whole || sum !== scheduled) {
    const text = `The figures do not add up: of ${scheduled} scheduled drills ${sum} are accounted for, ${endings.open} have no end. Run resurgam verify.`;
    return block(text, terminal).map(line => paint(terminal, ['red'], line));
  }
  const parts = IN_BOX.map(ending => `${ending} ${endings[ending]}`).join(' + ');
  return [
    ...block(`scheduled ${scheduled} = ${parts}`, terminal),
    ...block(
      `on demand, not counted: ${onDemand}; first attempt passed: ${firstAttemptPassed} of ${finished} finished occurrences`,
      terminal,
    ),
  ];
}
