import { engineOf } from './engine.ts';
import { lintConsistency } from './lint-consistency.ts';
import type { Linted } from './linted.ts';
import type { Component, Plan, Workflow } from './plan.ts';
import { refuse, warn, type Remark } from './remark.ts';
import { lintName } from './unknown-component.ts';
import type { Vocabulary } from './vocabulary.ts';
import { WORKFLOW_AREAS } from './words.ts';

/** Whether the answers can decide anything: questions that are asked of something that can answer, and at least one that counts. */
export function lintProbes({ plan, client, vocabulary }: Linted): readonly Remark[] {
  return [
    ...lintRequired(plan),
    ...plan.components.flatMap(component => lintComponent(component, vocabulary)),
    ...plan.workflows.flatMap((workflow, at) => lintWorkflow(workflow, ['workflows', at], { plan, vocabulary })),
    ...lintAreas(plan),
    ...lintConsistency({ plan, client, vocabulary }),
  ];
}

/** A plan whose required list is empty cannot pass (measurement.md, section 9). */
function lintRequired(plan: Plan): readonly Remark[] {
  const remarks: Remark[] = [];
  const workflow = plan.workflows.some(({ required }) => required);
  const probe = plan.components.some(({ backup, probes }) => (probes === null ? backup !== null : probes.some(({ required }) => required)));
  if (!workflow && !probe) {
    const hint = 'Take `required: false` off a probe, or leave `probes` out to ask everything that the engine offers.';
    remarks.push(refuse(['components'], 'no probe and no workflow is required: such a plan cannot pass', hint));
  }
  if (!workflow) {
    const mend = plan.system.tier === 1 ? refuse : warn;
    const hint = 'Add workflows: with one thing that people do with the system, such as opening a chart.';
    remarks.push(mend(['workflows'], 'no required workflow: nothing shows that people could use the system', hint));
  }
  return remarks;
}

function lintComponent(component: Component, vocabulary: Vocabulary): readonly Remark[] {
  const engine = engineOf(component, vocabulary);
  const seen = new Set<string>();
  return (component.probes ?? []).flatMap((probe, at) => {
    const path = ['components', component.name, 'probes', at];
    const twice = seen.has(probe.name)
      ? [refuse([...path, 'name'], `a second probe of the name "${probe.name}"`, 'Give each probe its own name.')]
      : [];
    seen.add(probe.name);
    const asked = lintAsked(probe.kind, [...path, probe.kind], { engine, vocabulary });
    return [...twice, ...asked, ...(asked.length === 0 ? lintFiles(component, probe.kind, { path, vocabulary }) : [])];
  });
}

/** A service that runs without a backup has no files of its own. */
function lintFiles(
  { backup }: Component,
  kind: string,
  at: { readonly path: readonly PropertyKey[]; readonly vocabulary: Vocabulary },
): readonly Remark[] {
  const asks = at.vocabulary.probes.find(words => words.kind === kind)?.asks ?? [];
  if (backup !== null || !asks.includes('files')) return [];
  return [refuse([...at.path, kind], `${kind} is asked of what a backup: brought back; this component has none`)];
}

function lintWorkflow(
  workflow: Workflow,
  path: readonly PropertyKey[],
  { plan, vocabulary }: Pick<Linted, 'plan' | 'vocabulary'>,
): readonly Remark[] {
  const component = plan.components.find(({ name }) => name === workflow.component);
  if (component !== undefined)
    return lintAsked(workflow.kind, [...path, workflow.kind], { engine: engineOf(component, vocabulary), vocabulary });
  const at = [...path, workflow.kind, 'component'];
  if (workflow.component !== '') return lintName(workflow.component, at, plan);
  const names = plan.components.map(({ name }) => name);
  return [refuse(at, 'expected component: the plan has several', `Name one of: ${names.join(', ')}.`)];
}

function lintAsked(
  kind: string,
  path: readonly PropertyKey[],
  { engine, vocabulary }: { readonly engine: string | undefined; readonly vocabulary: Vocabulary },
): readonly Remark[] {
  const asks = vocabulary.probes.find(words => words.kind === kind)?.asks ?? [];
  if (engine !== undefined && asks.includes(engine)) return [];
  const what = engine === undefined ? 'this component has no service' : `this component is a ${engine} service`;
  return [refuse(path, `${kind} is asked of ${asks.join(', ')}; ${what}`)];
}

/** An EHR is more than its chart (requirement SD-30): what is neither asked nor declared not applicable is said. */
function lintAreas(plan: Plan): readonly Remark[] {
  const told = plan.workflows.flatMap(({ covers }) => covers ?? []);
  const { notApplicable = {} } = plan;
  const twice = WORKFLOW_AREAS.filter(area => told.includes(area) && notApplicable[area] !== undefined);
  const both = twice.map(area =>
    refuse(['notApplicable', area], `${area} is covered by a workflow and not applicable: one of them is wrong`),
  );
  // A plan that names no area at all is one that was written for something smaller than the whole system.
  if (plan.system.kind !== 'ehr' || (told.length === 0 && Object.keys(notApplicable).length === 0)) return both;
  const open = WORKFLOW_AREAS.filter(area => !told.includes(area) && notApplicable[area] === undefined);
  if (open.length === 0) return both;
  const mend = plan.system.tier === 1 ? refuse : warn;
  const hint = 'Add a workflow with `covers:`, or `notApplicable: { area: why }`.';
  return [...both, mend(['workflows'], `nothing shows that people could do this with the EHR: ${open.join(', ')}`, hint)];
}
