import type { LimitsSection } from '../plan/plan.ts';

/** CPUs, memory and scratch disk: of a machine, or as much of it as a drill may use. */
export interface Room {
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
}

/** No sandbox is given less. */
const LEAST_MEMORY_BYTES = 512 * 1024 * 1024;

/**
 * What a drill of these limits needs of a machine with so many slots: what its plan asks for; where the plan says nothing, the share of one
 * slot. Pure.
 */
export function roomNeeded(limits: Pick<LimitsSection, 'cpus' | 'memoryBytes' | 'diskBytes'>, machine: Room, slots: number): Room {
  const memory = Math.min(machine.memoryBytes, Math.max(LEAST_MEMORY_BYTES, Math.floor(machine.memoryBytes / slots)));
  return {
    // With fewer CPUs a drill takes longer, and says so; with less memory or disk it could not be done.
    cpus: Math.min(limits.cpus ?? machine.cpus / slots, machine.cpus),
    memoryBytes: limits.memoryBytes ?? memory,
    diskBytes: limits.diskBytes ?? Math.floor(machine.diskBytes / slots),
  };
}

/** What a drill is given where no other machine could do it: at most all that there is. Whether that was enough, the drill says. Pure. */
export function atMost(needed: Room, machine: Room): Room {
  return {
    cpus: Math.min(needed.cpus, machine.cpus),
    memoryBytes: Math.min(needed.memoryBytes, machine.memoryBytes),
    diskBytes: Math.min(needed.diskBytes, machine.diskBytes),
  };
}

/** What is left of a machine beside drills that hold so much of it. Pure. */
export function roomLeft(machine: Room, held: Iterable<Room>): Room {
  let { cpus, memoryBytes, diskBytes } = machine;
  for (const one of held) {
    cpus -= one.cpus;
    memoryBytes -= one.memoryBytes;
    diskBytes -= one.diskBytes;
  }
  return { cpus, memoryBytes, diskBytes };
}

/** Shares of CPUs are fractions, whose sum may miss the whole by a hair. */
const HAIR = 1e-6;

export function fits(needed: Room, left: Room): boolean {
  return needed.cpus <= left.cpus + HAIR && needed.memoryBytes <= left.memoryBytes && needed.diskBytes <= left.diskBytes;
}
