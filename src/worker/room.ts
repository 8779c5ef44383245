import type { Plan } from '../plan/plan.ts';
import { atMost, fits, roomLeft, roomNeeded, type Room } from '../schedule/room.ts';
import { isTimeFor, type WorkerRun } from './run.ts';

const HOUR_MS = 3_600_000;

/** Which plans a worker has room for now. */
export interface WorkerRoom {
  /** What the drill would hold; undefined: not now, or never here. */
  for(plan: Plan): Room | undefined;
}

/** The disk is measured while no drill runs: what they have written of their share is theirs already. */
export async function measureMachine(run: WorkerRun): Promise<Room> {
  if (run.machine !== undefined && run.held.size > 0) return run.machine;
  const { machine: ours } = run.app;
  return (run.machine = { memoryBytes: ours.memoryBytes, cpus: ours.cpus, diskBytes: await ours.freeBytes() });
}

/** The room of this machine less what its running drills hold. */
export async function roomOf(run: WorkerRun): Promise<WorkerRoom> {
  const machine = await measureMachine(run);
  const { slots } = run.setting;
  return {
    for: plan => {
      const asked = roomNeeded(plan.limits, machine, slots);
      const needed = run.queue === undefined ? atMost(asked, machine) : asked;
      if (!fits(needed, machine)) sayNever(run, plan);
      return fits(needed, roomLeft(machine, run.held.values())) ? needed : undefined;
    },
  };
}

/** It may fit another worker; if it fits none, its occurrences are missed, and this is why. */
function sayNever(run: WorkerRun, { client, plan, limits }: Plan): void {
  if (!isTimeFor(run, `no room for ${client}/${plan}`, HOUR_MS)) return;
  const { memoryBytes, diskBytes } = limits;
  const asked = [
    ...(memoryBytes === null ? [] : [`${memoryBytes} bytes of memory`]),
    ...(diskBytes === null ? [] : [`${diskBytes} bytes of disk`]),
  ];
  run.setting.say('warn', `drills of ${client}/${plan} do not fit this machine: its limits ask for ${asked.join(', ')}`);
}
