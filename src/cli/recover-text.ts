import { sayTime } from '../measurement/wording.ts';
import type { Plan } from '../plan/plan.ts';
import type { Abandoned } from '../recovery/abandon.ts';
import { placeText } from '../recovery/refuse.ts';
import type { RecoveryStep, StepSource } from '../recovery/steps.ts';
import type { DrillRecord } from '../evidence/record.ts';
import { printable } from './terminal.ts';

/** Every step with its number, and into what. */
export function stepsText(source: StepSource, steps: readonly RecoveryStep[], done: readonly string[]): string {
  const lines = steps.map((step, index) => {
    const component = source.components.find(one => one.name === step.component);
    const where = step.does === 'bring' && component !== undefined ? ` into ${placeText(source, component)}` : '';
    return `${String(index + 1).padStart(3)}. ${step.name}${where}${done.includes(step.key) ? ' (done)' : ''}`;
  });
  return `Recovery of ${printable(source.plan.system.name)} into ${source.target.target}\n${lines.map(printable).join('\n')}\n`;
}

export interface StepAt {
  readonly done: boolean;
  readonly elapsedMs: number;
  readonly number: number;
  readonly count: number;
}

/** Progress against the contract's clock; once it is late, what people do meanwhile is said with every step. */
export function progressLines({ contract, system }: Pick<Plan, 'contract' | 'system'>, { name }: RecoveryStep, at: StepAt): string {
  const leftMs = contract.rtoMs - at.elapsedMs;
  const clock = leftMs >= 0 ? `${sayTime(leftMs)} left` : `LATE by ${sayTime(-leftMs)}`;
  const line = `[${clock}] ${String(at.number)}/${String(at.count)} ${name}${at.done ? ': done' : ' …'}`;
  const procedure = `  Downtime procedure in force: ${system.downtimeProcedure ?? 'none is named in the plan'}`;
  return [line, ...(leftMs < 0 && !at.done ? [procedure] : [])].map(text => `${printable(text)}\n`).join('');
}

/** What came of it: each workflow, and whatever a drill would not let pass. */
export function outcomeText({ plan, target }: StepSource, record: DrillRecord): string {
  const took = sayTime(Date.parse(record.endedAt) - Date.parse(record.startedAt));
  const bad = record.findings.filter(one => one.required && one.outcome !== 'passed');
  return [
    `${plan.system.name} was recovered into ${target.target} in ${took}.`,
    ...record.workflows.map(({ name, outcome }) => `  ${outcome}: ${name}`),
    ...(bad.length === 0 ? [] : ['Look into this before people are let in:']),
    ...bad.map(one => `  ${one.outcome}: ${one.component ?? plan.plan}: ${one.sentence} (${one.code})`),
  ]
    .map(line => `${printable(line)}\n`)
    .join('');
}

export function abandonedText({ recovery, removed, stays }: Abandoned): string {
  return [
    `The recovery ${recovery} was given up.`,
    ...removed.map(place => `  taken away, beside ${place}`),
    ...stays.map(name => `  stays as it is: ${name}`),
  ]
    .map(line => `${printable(line)}\n`)
    .join('');
}
