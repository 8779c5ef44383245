import type { PrintedDrill } from '../evidence/record.ts';

/** What had happened in a scenario, what was gone, and how many of the things that must be possible then were; nothing of other drills. */
export function scenarioRows({
  scenario,
  without,
  workflows,
}: PrintedDrill): readonly { readonly label: string; readonly value: string }[] {
  if (scenario === null) return [];
  const passed = workflows.filter(({ name, outcome }) => scenario.workflows.includes(name) && outcome === 'passed').length;
  return [
    { label: 'Scenario', value: scenario.name },
    { label: 'What happened', value: scenario.event },
    { label: 'Not there', value: without.length === 0 ? 'nothing was denied' : without.join(', ') },
    { label: 'Must be possible', value: `${passed} of ${scenario.workflows.length} passed (${scenario.workflows.join(', ')})` },
  ];
}
