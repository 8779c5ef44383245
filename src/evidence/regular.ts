import type { DrillRecord } from './record.ts';

type Trigger = DrillRecord['trigger'];

/** Drills that ask something else than whether the plan recovers: which older point does, what needs a dependency, what an event leaves. */
const SPECIAL = ['search', 'dependency-loss', 'scenario'] as const satisfies readonly Trigger[];

export type RegularTrigger = Exclude<Trigger, (typeof SPECIAL)[number]>;

/**
 * Whether a drill speaks for its plan. One that does not is signed and shown like any other, but no later drill is compared with it, it
 * neither opens nor ends a matter, and the standing of the plan does not follow from it.
 */
export function isRegular(trigger: Trigger): trigger is RegularTrigger {
  return !SPECIAL.some(special => special === trigger);
}
