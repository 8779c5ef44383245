import { describe, expect, test } from 'vitest';
import { circlesOf } from '../../src/plan/circles.ts';
import { dependantsOf } from '../../src/plan/dependants.ts';
import { lintSystems } from '../../src/plan/lint-systems.ts';
import { loadPlan } from '../../src/plan/load.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { vocabulary } from './vocabulary.ts';

/** Plans of one client with a database and documents, each with what it needs. */
function plansOf(needs: Readonly<Record<string, string>>): readonly Plan[] {
  return Object.entries(needs).map(([name, list]) => {
    const text = `plan: ${name}\nclient: c\nsystem:\n  needs: [${list}]\ncomponents:\n  database: { backup: { tool: pg-dump, from: /x } }\n  documents: { backup: { tool: pg-dump, from: /y } }\n`;
    const { plan, problems } = loadPlan({ file: `/plans/${name}.yaml`, bytes: new TextEncoder().encode(text) }, vocabulary);
    if (plan === undefined) throw new Error(JSON.stringify(problems));
    return plan;
  });
}

const dependants = (needs: Readonly<Record<string, string>>, of: string): readonly string[] => {
  const plans = plansOf(needs);
  const [plan] = plans.filter(one => one.plan === of);
  if (plan === undefined) throw new Error(of);
  return dependantsOf(plan, plans).map(one => `${one.plan} by ${one.component ?? 'any'}`);
};

describe('systems that need others', () => {
  test('are found with those that need them in turn, each by the component that takes it down', () => {
    const needs = { directory: '', ehr: 'directory/database', portal: 'ehr/documents', kiosk: 'portal, directory', other: '' };

    expect(dependants(needs, 'directory')).toEqual(['ehr by database', 'kiosk by database', 'kiosk by any', 'portal by database']);
    expect(dependants(needs, 'ehr')).toEqual(['kiosk by documents', 'portal by documents']);
    expect(dependants(needs, 'other')).toEqual([]);
  });

  test('end where they go in a circle', () => {
    expect(dependants({ a: 'b', b: 'a' }, 'a')).toEqual(['b by any']);
  });

  test('and name what is no plan, no component or themselves, or go in a circle, are told with their place', () => {
    const said = lintSystems(plansOf({ ehr: 'directry, directory/databas, ehr, gone', directory: '', a: 'b', b: 'a' }), new Set(['gone']));

    expect(said.map(one => `${one.file}:${one.line}:${one.column} ${one.severity}: ${one.message}`)).toEqual([
      '/plans/ehr.yaml:4:11 warning: no plan "directry" of c, did you mean "directory"?',
      '/plans/ehr.yaml:4:21 warning: directory has no component "databas", did you mean "database"?',
      '/plans/ehr.yaml:4:40 warning: a system needs itself',
      '/plans/ehr.yaml:4:10 warning: systems need one another in a circle: ehr needs ehr',
      '/plans/a.yaml:4:10 warning: systems need one another in a circle: a needs b needs a',
    ]);
  });

  test('are told by the same problems as long as nothing changed', () => {
    const plans = plansOf({ ehr: 'gone' });

    expect(lintSystems(plans, new Set())[0]).toBe(lintSystems(plans, new Set())[0]);
  });
});

test('each circle is told once', () => {
  const needs = new Map([
    ['a', ['b', 'd']],
    ['b', ['c']],
    ['c', ['a']],
    ['d', ['d']],
  ]);

  expect(circlesOf(needs)).toEqual([
    ['a', 'b', 'c', 'a'],
    ['d', 'd'],
  ]);
});
