import type { OpenRequest } from '../service/service.ts';
import { engineOf, type ComponentRun, type DrillRun } from './run.ts';

/** Whether a component needs no recovery point: its service runs over what the components that it needs brought back. */
export function runsWithoutBackup(run: DrillRun, one: ComponentRun): boolean {
  return one.component.backup === null && run.tools.service.get(engineOf(one))?.withoutBackup === true;
}

/** What its service is given in place of restored files. */
export function nothingRestored(staging: string): Pick<OpenRequest, 'restored' | 'staged' | 'withoutBackup'> {
  return {
    restored: { findings: [], tools: [], usable: true, says: {} },
    staged: { folder: staging, bytes: 0, sha256: '', findings: [], handle: {} },
    withoutBackup: true,
  };
}
