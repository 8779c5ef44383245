import type { PrintedDrill } from '../evidence/record.ts';
import { criticalPathView } from '../report/critical-path.ts';
import { scenarioRows } from '../report/scenario.ts';
import { block, padTo, paint, type Terminal } from './terminal.ts';

/** Of a system of several components: which of them owns the time, or which are out of service because of which. */
export function systemLines(record: PrintedDrill, terminal: Terminal): string[] {
  return [...scenarioLines(record, terminal), ...pathLines(record, terminal), ...outOfServiceLines(record, terminal)];
}

function scenarioLines(record: PrintedDrill, terminal: Terminal): string[] {
  const [named, ...rows] = scenarioRows(record);
  if (named === undefined) return [];
  return [paint(terminal, ['bold'], 'Scenario'), ...rows.flatMap(({ label, value }) => block(`${label}: ${value}`, terminal, '  '))];
}

function pathLines(record: PrintedDrill, terminal: Terminal): string[] {
  const path = criticalPathView(record);
  if (path === null) return [];
  const name = Math.max(...path.rows.map(row => row.component.length)) + 2;
  const took = Math.max(...path.rows.map(row => row.took.length)) + 2;
  return [
    paint(terminal, ['bold'], 'Critical path'),
    ...block(path.sentence, terminal, '  '),
    ...path.rows.flatMap(row => {
      const slack = row.critical ? 'critical' : `slack ${row.slack}`;
      const painted = paint(terminal, [row.critical ? 'bold' : 'dim'], slack);
      if (2 + name + took + slack.length <= terminal.columns) return [`  ${padTo(row.component, name)}${padTo(row.took, took)}${painted}`];
      return [...block(`${row.component}: ${row.took}`, terminal, '  '), `    ${painted}`];
    }),
  ];
}

function outOfServiceLines(record: PrintedDrill, terminal: Terminal): string[] {
  const out = record.findings.filter(found => found.code === 'drill.out-of-service');
  const owners = [...new Set(out.map(found => found.component ?? ''))];
  const affected = record.findings.filter(found => found.code === 'drill.system-affected').map(found => found.sentence);
  if (owners.length + affected.length === 0) return [];
  const lines = owners.map(owner => {
    const names = out.filter(found => found.component === owner).map(found => found.object ?? '');
    return `${owner} did not come back, and with it ${names.join(', ')}`;
  });
  return [paint(terminal, ['bold'], 'Out of service'), ...[...lines, ...affected].flatMap(line => block(line, terminal, '  '))];
}
