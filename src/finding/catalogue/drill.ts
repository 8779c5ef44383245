import type { CatalogueEntry } from './entry.ts';

/** How a drill itself can break: nothing of it is said about the backup. `{object}` is one of our own error codes. */
export const drillCodes = {
  'drill.could-not-select': {
    outcomes: ['inconclusive'],
    sentence: 'The backups could not be looked at ({object}), so nothing can be said about them.',
  },
  'drill.could-not-provision': { outcomes: ['inconclusive'], sentence: 'The isolated place to restore into could not be made ({object}).' },
  'drill.could-not-fetch': { outcomes: ['inconclusive'], sentence: 'The backup could not be brought to the sandbox ({object}).' },
  'drill.could-not-restore': { outcomes: ['inconclusive'], sentence: 'The restore could not be carried out ({object}).' },
  'drill.could-not-start': { outcomes: ['inconclusive'], sentence: 'The server to restore into could not be started ({object}).' },
  'drill.could-not-ask': { outcomes: ['inconclusive'], sentence: 'A question to the restored system could not be asked ({object}).' },
  'drill.not-asked': { outcomes: ['skipped'], sentence: 'Not asked, because an earlier step did not succeed.' },
  'drill.need-not-met': {
    outcomes: ['skipped'],
    sentence: '{component} was not recovered, because {object}, which it needs, did not come back.',
  },
  'drill.out-of-service': {
    outcomes: ['skipped'],
    sentence: 'Without {component}, {object} is out of service too.',
  },
  'drill.system-affected': {
    outcomes: ['skipped'],
    sentence: '{object} is another system that needs {component}, which did not come back as it should.',
  },
  'drill.component-not-supported': {
    outcomes: ['inconclusive'],
    sentence: 'The component {component} has no backup that this version can restore, so it was not drilled.',
  },
  'recovery.abandoned': { outcomes: ['inconclusive'], sentence: 'The recovery was given up by a person before it was finished.' },
  'sweep.point-good': { outcomes: ['passed'], sentence: 'The further recovery point {object} of {component} came back too.' },
  'sweep.point-bad': { outcomes: ['failed'], sentence: 'The further recovery point {object} of {component} did not come back.' },
  'sweep.point-unclear': {
    outcomes: ['inconclusive'],
    sentence: 'Of the further recovery point {object} of {component} it could not be told whether it comes back.',
  },
  'without.needed': {
    outcomes: ['failed'],
    sentence: '{component} needed {object}, which was denied (step: {observed}).',
  },
  'without.not-needed': { outcomes: ['passed'], sentence: 'Everything that was asked for came back without {object}.' },
  'runbook.step-done': { outcomes: ['passed'], sentence: 'A step of the runbook did what it should, in {latencyMs} ms.' },
  'runbook.step-failed': { outcomes: ['failed'], sentence: 'A step of the runbook failed (exit code {observed}).' },
  'runbook.check-failed': {
    outcomes: ['failed'],
    sentence: 'A step of the runbook ended well and did not do what it should: its check said no.',
  },
  'runbook.too-slow': { outcomes: ['failed'], sentence: 'A step of the runbook did not end within {limitMs} ms.' },
  'drill.left-behind': {
    outcomes: ['inconclusive'],
    sentence: 'After the sandbox was destroyed something of it was still there ({observed} {unit}).',
  },
  'drill.site-unreachable': {
    outcomes: ['inconclusive'],
    sentence: 'No drill began in its time, because no worker took the plans of its site.',
  },
  'drill.no-capacity': {
    outcomes: ['inconclusive'],
    sentence: 'No drill began in its time, because no worker of its site had room for it.',
  },
  'drill.worker-not-running': {
    outcomes: ['inconclusive'],
    sentence: 'No drill began in its time, because no worker was running.',
  },
} as const satisfies Record<string, CatalogueEntry>;
