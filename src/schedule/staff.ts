import type { Plan } from '../plan/plan.ts';
import { fits, roomNeeded, type Room } from './room.ts';

/** A worker that takes work, as far as it matters to whether a drill can begin. */
export interface Staff {
  /** Whose plans it takes; `null`: those of every site. */
  readonly site: string | null;
  /** Drills at the same time; `null`: not known. */
  readonly slots: number | null;
  /** `null`: not known. */
  readonly room: Room | null;
  /** Drills that it runs now. */
  readonly busy: number;
}

/** Why no drill of a plan can begin, in the words of evidence.md, section 4. */
export type Hindrance = 'site-unreachable' | 'no-capacity';

/** What is known of a plan where only its row is read. `limits: null`: nothing. */
export interface Asking {
  readonly site: string;
  readonly limits: Pick<Plan['limits'], 'cpus' | 'memoryBytes' | 'diskBytes'> | null;
}

/**
 * What keeps every drill of this plan from beginning, however long it waits: no worker takes the plans of its site, or what its limits ask for
 * is more than each of them has. Undefined: nothing that is known. Pure.
 */
export function hindranceOf(plan: Asking, staff: readonly Staff[]): Hindrance | undefined {
  const ours = staffFor(plan, staff);
  if (ours.length === 0) return 'site-unreachable';
  return ours.some(one => couldTake(one, plan)) ? undefined : 'no-capacity';
}

/** Whether everybody who could take it is at something else. Pure. */
export function isEverybodyBusy(plan: Asking, staff: readonly Staff[]): boolean {
  return staffFor(plan, staff).every(({ slots, busy }) => slots !== null && busy >= slots);
}

function staffFor({ site }: Asking, staff: readonly Staff[]): readonly Staff[] {
  return staff.filter(one => one.site === null || one.site === site);
}

function couldTake({ room, slots }: Staff, { limits }: Asking): boolean {
  return room === null || limits === null || fits(roomNeeded(limits, room, slots ?? 1), room);
}
