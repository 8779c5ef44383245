import type { Progress } from '../backup/backup.ts';
import { shortTime } from '../report/phases.ts';
import { phaseWord } from '../report/words.ts';
import { RunningDrill, type DrillProgress, type ProgressStream } from './progress-block.ts';
import { bytesOf } from './progress-text.ts';
import { printable } from './terminal.ts';

/** In a log a line now and then is enough to see that something goes on. */
const EVERY_MS = 10_000;

/** One line with the time for each start and end of a phase; in between at most one every ten seconds. */
export function linesProgress({ stream, now }: { readonly stream: ProgressStream; readonly now: () => number }): DrillProgress {
  const view = new RunningDrill(now(), 0);
  let saidAt = now();
  const say = (text: string): void => {
    saidAt = now();
    stream.write(`${new Date(saidAt).toISOString().slice(0, 19)}Z ${printable(text)}\n`);
  };
  const name = (component: string | null, phase: keyof typeof phaseWord): string =>
    component === null ? phaseWord[phase] : `${phaseWord[phase]} (${component})`;
  return {
    phaseStarted(component, phase) {
      view.begin(component, phase, now());
      say(`${name(component, phase)}: begun`);
    },
    phaseEnded(component, phase, ms) {
      view.end(component, phase, ms);
      say(`${name(component, phase)}: ended after ${shortTime(ms)}`);
    },
    progress(progress: Progress) {
      view.heard(progress, now());
      if (now() - saidAt < EVERY_MS) return;
      const line = view.phases.findLast(one => one.progress === progress);
      const said = line === undefined ? undefined : bytesOf(line);
      if (line !== undefined && said !== undefined) say(`${name(line.component, line.phase)}: ${said}`);
    },
    note: text => text.split('\n').forEach(say),
    done: () => undefined,
  };
}
