import { sayAge } from '../measurement/wording.ts';
import type { NewestGood, TriedPoint } from './newest-good.ts';
import { block, printable, type Terminal } from './terminal.ts';

/** The end of a search, for a person: which point comes back, how old its data are, and what was tried. Ends with a line end. */
export function newestGoodText(found: NewestGood, terminal: Terminal): string {
  const { tried, component, points } = found;
  const counted = `${tried.length} of ${points} recovery points of ${component ?? ''} tried:`;
  const lines = [
    ...block(conclusion(found), terminal),
    ...(tried.length === 0 ? [] : ['', ...block(counted, terminal), ...tried.map(triedText)]),
    ...(found.assumed === null ? [] : block(found.assumed, terminal)),
  ];
  return `\n${lines.join('\n')}\n`;
}

function conclusion({ good, component, exitCode, tried }: NewestGood): string {
  if (good === null) {
    if (exitCode !== 1) return 'No newest good recovery point can be named: a drill could not tell.';
    return tried.length === 0
      ? 'No older recovery point is there to be tried.'
      : `No recovery point of ${component ?? ''} that was tried came back.`;
  }
  const { recoveryPointAge: age, objectives } = good;
  const old = age.ms === null ? 'of unknown age' : `${sayAge(age.ms)} old`;
  const promise = objectives.rpo.result === 'met' ? 'within' : objectives.rpo.result === 'missed' ? 'older than' : 'not held against';
  const which =
    component === null
      ? 'The newest recovery point comes back'
      : `The newest recovery point of ${component} that comes back is ${pointOf(good, component)}`;
  return `${which}: its data are ${old}, ${promise} the objective of ${sayAge(objectives.rpo.targetMs)}.`;
}

function pointOf(good: NonNullable<NewestGood['good']>, component: string): string {
  return printable(good.recoveryPoints.find(point => point.component === component)?.id ?? 'unknown');
}

/** Never wrapped: people copy the names. */
function triedText({ id, consistentAt, availableAt, verdict, drill }: TriedPoint): string {
  return `  ${(consistentAt ?? availableAt).replace('.000', '')}  ${verdict.padEnd(16)}  ${drill}  ${printable(id)}`;
}
