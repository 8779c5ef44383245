import type { PrintedDrill } from '../evidence/record.ts';
import { criticalPathView } from './critical-path.ts';
import { declared, notTested } from './declared.ts';
import { findings } from './findings.ts';
import { furtherPointsView } from './further-points.ts';
import { headline } from './headline.ts';
import { ledgerView } from './ledger.ts';
import { phases } from './phases.ts';
import { recoveryPointFigure } from './recovery-point.ts';
import { recoveryTimeFigure } from './recovery-time.ts';
import { scenarioRows } from './scenario.ts';
import { choiceText, pointCards, sandboxFacts, serviceCards, toolFacts } from './surroundings.ts';
import { keepTogether } from './together.ts';
import type { DrillView, FactView, ReportExtras } from './view.ts';
import { dayText, shortDigest, stampBoth, valueText } from './words.ts';

const TRIGGER: Readonly<Record<PrintedDrill['trigger'], string>> = {
  schedule: 'by schedule',
  manual: 'on demand, by a person',
  change: 'after a change',
  retest: 'after a repair',
  'catch-up': 'to catch up on a missed one',
  search: 'in search of the newest point that comes back',
  'dependency-loss': 'to see what needs a dependency',
  scenario: 'to be prepared for an event',
};

/** Everything that the page of one drill shows, in words; pure. The template decides nothing but where things stand. */
export function drillReport(record: PrintedDrill, extras: ReportExtras): DrillView {
  const { verdict } = record;
  const points = pointCards(record);
  const inTime = phases(record);
  const path = criticalPathView(record);
  const further = furtherPointsView(record);
  return keepTogether({
    title: `${extras.systemName}: recovery drill of ${dayText(record.startedAt, extras.timeZone)}`,
    client: record.client,
    systemName: extras.systemName,
    day: dayText(record.startedAt, extras.timeZone),
    headline: headline(record),
    sign: {
      passed: verdict === 'passed',
      missed: verdict === 'objective-missed',
      failed: verdict === 'failed',
      inconclusive: verdict === 'inconclusive',
    },
    facts: headFacts(record, extras),
    figures: [recoveryTimeFigure(record), recoveryPointFigure(record)],
    phases: inTime,
    hasPhases: inTime.length > 0,
    path,
    hasPath: path !== null,
    further,
    hasFurther: further !== null,
    findings: findings(record),
    points,
    hasPoints: points.length > 0,
    choice: choiceText(record),
    sandbox: sandboxFacts(record),
    services: serviceCards(record),
    declared: declared(record),
    notTested: notTested(record),
    history: extras.history ?? '',
    hasHistory: extras.history !== null,
    ledger: ledgerView(record, extras.ledger),
    tools: toolFacts(record),
    footer: footer(record, extras),
  });
}

function headFacts(record: PrintedDrill, extras: ReportExtras): FactView[] {
  const dueAt = record.occurrence?.split('@').at(-1);
  const due = dueAt === undefined ? '' : `, due ${valueText(dueAt, null, '')}`;
  return [
    plain('System', extras.systemName),
    plain('Client', record.client),
    plain('Plan', record.plan),
    { label: 'Plan digest', value: shortDigest(record.planDigest), title: record.planDigest, mono: true },
    plain('Began', stampBoth(record.startedAt, extras.timeZone)),
    plain('Ended', stampBoth(record.endedAt, extras.timeZone)),
    plain('Why', `${TRIGGER[record.trigger]}${due}${record.attempt > 1 ? `, attempt ${record.attempt}` : ''}`),
    ...scenarioRows(record).map(({ label, value }) => plain(label, value)),
    plain('Where', record.site),
    { ...plain('Drill', record.drill), mono: true },
  ];
}

function footer(record: PrintedDrill, extras: ReportExtras): FactView[] {
  const { ledger } = record;
  const place = ledger === null ? 'in no ledger' : `seq ${ledger.seq}, checkpoint size ${ledger.size}, root ${ledger.root}`;
  return [
    plain('Client', record.client),
    plain('Drill', record.drill),
    plain('Time zone', extras.timeZone),
    plain('Made', stampBoth(extras.madeAt, extras.timeZone)),
    plain('Made by', `${extras.product.name} ${extras.product.version}`),
    plain('Ledger', extras.ledger === null ? place : `${extras.ledger.origin}, ${place}`),
  ];
}

function plain(label: string, value: string): FactView {
  return { label, value, title: null, mono: false };
}
