import { removeLeftFiles } from '../store/left-files.ts';
import { spanned } from '../tracing.ts';
import { guarded, isTimeFor, type WorkerRun } from './run.ts';

const SANDBOXES_MS = 5 * 60_000;
const FILES_MS = 6 * 60 * 60_000;

/**
 * What processes that were killed left on this machine, at once after a start and now and then: sandboxes with restored data in them must not wait
 * for the next drill.
 */
export async function tidy(run: WorkerRun): Promise<void> {
  const { app, setting } = run;
  if (isTimeFor(run, 'sandboxes', SANDBOXES_MS)) {
    await guarded(run, 'sandboxes that were left', async () => {
      for (const { drill, removed } of await spanned('resurgam.reap', {}, () => app.reap())) {
        setting.say(
          removed ? 'warn' : 'error',
          `${removed ? 'removed' : 'could not remove'} what an interrupted drill left behind (${drill})`,
        );
      }
    });
  }
  if (isTimeFor(run, 'left files', FILES_MS)) {
    await guarded(run, 'files that were left', async () => removeLeftFiles({ path: app.homePath }, Date.now()));
  }
}
