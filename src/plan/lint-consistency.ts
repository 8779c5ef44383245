import { engineOf } from './engine.ts';
import type { Linted } from './linted.ts';
import type { ConsistencyCheck } from './plan.ts';
import { refuse, type Remark } from './remark.ts';
import { speaksSql } from './to-checks.ts';
import { lintName } from './unknown-component.ts';

/** Whether the checks across components can be asked: of components that exist and can answer. */
export function lintConsistency(linted: Linted): readonly Remark[] {
  return (linted.plan.consistency ?? []).flatMap((check, at) => lintCheck(check, ['consistency', at], linted));
}

function lintCheck(check: ConsistencyCheck, path: readonly PropertyKey[], linted: Linted): readonly Remark[] {
  if (check.kind === 'position')
    return [...asked(check.of, [...path, 'of'], linted), ...asked(check.notBeyond.component, [...path, 'notBeyond', 'component'], linted)];
  const where = [...path, 'existsIn'];
  const unknown = lintName(check.existsIn, where, linted.plan);
  const remarks = asked(check.of, [...path, 'of'], linted);
  if (unknown.length > 0) return [...remarks, ...unknown];
  return [...remarks, ...lintTarget(check, where, linted)];
}

/** Files are looked for by their paths; where rows are looked for, a query must say which. */
function lintTarget(
  check: Extract<ConsistencyCheck, { kind: 'references' }>,
  path: readonly PropertyKey[],
  { plan, vocabulary }: Linted,
): readonly Remark[] {
  const target = plan.components.find(({ name }) => name === check.existsIn);
  if (target === undefined) return [];
  const engine = engineOf(target, vocabulary);
  const holdsFiles = (vocabulary.probes.find(({ kind }) => kind === 'files')?.asks ?? []).includes(engine ?? '');
  if (speaksSql(target, vocabulary)) {
    if (check.as !== null) return [];
    return [refuse(path, `${check.existsIn} is asked in SQL: expected as:`, 'Add as: a query of the values that are there.')];
  }
  if (!holdsFiles) return [refuse(path, `${check.existsIn} holds neither files nor rows: it is a ${engine ?? 'runbook'}`)];
  if (check.as !== null) return [refuse(path, `${check.existsIn} holds files, which cannot be asked by a query`, 'Take as: away.')];
  return [];
}

function asked(name: string, path: readonly PropertyKey[], linted: Linted): readonly Remark[] {
  const { plan, vocabulary } = linted;
  const speaking = plan.components.filter(component => speaksSql(component, vocabulary)).map(component => component.name);
  if (name === '')
    return [
      refuse(
        path.slice(0, -1),
        `expected of: ${speaking.length === 0 ? 'no component speaks SQL' : 'several components speak SQL'}`,
        speaking.length === 0 ? 'Ask only components that speak SQL.' : `Name one of: ${speaking.join(', ')}.`,
      ),
    ];
  const unknown = lintName(name, path, plan);
  if (unknown.length > 0 || speaking.includes(name)) return unknown;
  return [refuse(path, `${name} cannot be asked in SQL`, speaking.length === 0 ? null : `Name one of: ${speaking.join(', ')}.`)];
}
