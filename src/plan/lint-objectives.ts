import { sayDuration } from './duration.ts';
import type { Linted } from './linted.ts';
import type { BackupJob, BackupSection, Contract, Plan } from './plan.ts';
import { refuse, warn, type Remark } from './remark.ts';

/** Whether the promise can be kept at all: by the backup job (measurement.md, section 8), and by the people before the restore begins. */
export function lintObjectives({ plan, vocabulary }: Linted): readonly Remark[] {
  const reachesMoments = (backup: BackupSection): boolean => {
    const tool = vocabulary.backupTools.find(({ name }) => name === backup.tool);
    return (tool?.traitsFor?.(backup) ?? tool?.traits)?.reachesMoments === true;
  };
  const atRisk = plan.components.flatMap(({ name, backup }) => {
    if (backup?.job == null || reachesMoments(backup)) return [];
    return lintJob(['components', name, 'backup', 'job'], backup.job, plan.contract);
  });
  return [...lintAllowance(plan), ...atRisk];
}

function lintJob(path: readonly string[], job: BackupJob, contract: Contract): readonly Remark[] {
  const { worstMs, said } = worstAge(job);
  if (worstMs <= contract.rpoMs) return [];
  return [
    refuse(
      path,
      `${said} leave up to ${sayDuration(worstMs)} at risk; rpo is ${sayDuration(contract.rpoMs)}`,
      'Take backups more often, or promise an rpo that they can keep.',
    ),
  ];
}

/** Just before the next backup can be used, the newest one is as old as an interval and the time until it is in place. */
export function worstAge(job: BackupJob): { readonly worstMs: number; readonly said: string } {
  const { everyMs, graceMs } = job;
  const takesMs = job.takesMs ?? null;
  const arrivesMs = job.arrivesMs ?? null;
  const every = `backups every ${sayDuration(everyMs)}`;
  if (takesMs === null && arrivesMs === null) {
    return {
      worstMs: everyMs + graceMs,
      said: `${every} that may be ${sayDuration(graceMs)} late (grace; takes and arrives are not given)`,
    };
  }
  const takes = takesMs === null ? [] : [`take ${sayDuration(takesMs)}`];
  const arrives = arrivesMs === null ? [] : [`${takesMs === null ? 'need' : 'then'} ${sayDuration(arrivesMs)} to arrive`];
  return { worstMs: everyMs + (takesMs ?? 0) + (arrivesMs ?? 0), said: `${every} that ${[...takes, ...arrives].join(' and ')}` };
}

function lintAllowance({ contract, allowance, limits }: Plan): readonly Remark[] {
  const people = { disruption: allowance.detectMs + allowance.decideMs, detection: allowance.decideMs, declaration: 0 }[contract.rtoStarts];
  const remarks: Remark[] = [];
  if (people >= contract.rtoMs) {
    remarks.push(
      refuse(['allowance'], `people alone need ${sayDuration(people)} before the restore begins; rto is ${sayDuration(contract.rtoMs)}`),
    );
  }
  if (limits.timeMs < contract.rtoMs) {
    remarks.push(
      warn(
        ['limits', 'time'],
        `a drill is stopped after ${sayDuration(limits.timeMs)}, before the rto of ${sayDuration(contract.rtoMs)}: it is then inconclusive`,
        'Allow at least the rto.',
      ),
    );
  }
  return remarks;
}
