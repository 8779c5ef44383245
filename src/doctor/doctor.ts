import { loadPlans } from '../plan/read.ts';
import type { State } from '../store/state/state.ts';
import type { Part } from './answer.ts';
import { homePart } from './home.ts';
import { auditPart, machinePart } from './machine.ts';
import { planPart } from './plans.ts';
import { servicePart } from './service.ts';
import type { DoctorSetting, Look } from './setting.ts';
import { statePart } from './state.ts';
import { backupToolPart, postgresPart, sandboxPart } from './tools.ts';

/** A server that does not answer must not keep the rest from being told. */
const STATE_MS = 30_000;

/** Looks at everything that Resurgam needs, by trying it where that can be done. Rejects for nothing that it was made to look at. */
export async function examine(setting: DoctorSetting): Promise<readonly Part[]> {
  const [plans, opened] = await Promise.all([loadPlans([setting.plansFolder], setting.library), openWithin(setting)]);
  const look: Look = { ...setting, plans, ...opened };
  const [machine, sandbox, postgres, home, state, people, audit, service] = await Promise.all([
    machinePart(setting.stop),
    sandboxPart(look),
    postgresPart(look),
    homePart(look),
    statePart(look),
    planPart(look),
    auditPart(setting.stop),
    servicePart(look),
  ]);
  return [machine, sandbox, postgres, await backupToolPart(look, postgres), home, state, people, audit, service];
}

async function openWithin({ openState }: DoctorSetting): Promise<{ readonly state: State | undefined; readonly stateError: unknown }> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer within 30 s')), STATE_MS);
  });
  try {
    return { state: await Promise.race([openState(), late]), stateError: undefined };
  } catch (stateError) {
    return { state: undefined, stateError };
  } finally {
    clearTimeout(timer);
  }
}
