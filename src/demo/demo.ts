import { basename, join, relative } from 'node:path';
import { mkdir, readFile, rename, rm, writeFile } from '../system/files.ts';
import { cutOff, makeClinic, takeBackup } from './backups.ts';
import { removeLostSource, startSource, type Source } from './source.ts';

/** What one drill of the demo came to. */
export interface DemoDrill {
  readonly verdict: string;
  readonly exitCode: number;
  readonly reportFile: string | null;
  /** Finding codes that decided the verdict. */
  readonly reasons: readonly string[];
}

export interface DemoRequest {
  /** Executes a plan as `resurgam drill` does, with `home` as its RESURGAM_HOME. */
  drill(planFile: string): Promise<DemoDrill>;
  say(line: string): void;
  /** The demo's own state, `<checkout>/.cache/demo/home`: made anew each time. */
  readonly home: string;
  readonly checkout: string;
  readonly stop: AbortSignal;
  /** Rows of the clinic; default 100,000. */
  readonly rows?: number;
}

/** One act: what is done to the backups, and what the drill must then say. */
interface Act {
  readonly title: string;
  readonly verdict: string;
  /** A code that must be among the reasons; `null` when there is nothing to blame. */
  readonly reason: RegExp | null;
  prepare(): Promise<void>;
}

interface Night {
  readonly whole: string;
  readonly cut: string;
  readonly incomplete: string;
}

/**
 * The whole product on a database that does not exist: three nights of backups of a clinic, made with the real tools, drilled one after
 * the other. Gives whether every verdict was the right one; a demo that was stopped between or in drills was not. The source is gone before the first drill, also when a person stops it.
 */
export async function runDemo(request: DemoRequest): Promise<boolean> {
  const folder = join(request.checkout, '.cache', 'demo');
  const kept = join(folder, 'backups', 'ehr');
  await clear(folder, request.home);
  const nights = await makeNights(request, folder);
  await mkdir(kept, { recursive: true });
  await rename(join(folder, 'nights', 'globals.sql'), join(kept, 'globals.sql'));
  const place = (file: string): Promise<void> => rename(file, join(kept, basename(file)));
  const acts: readonly Act[] = [
    { title: 'the newest backup', verdict: 'passed', reason: null, prepare: () => place(nights.whole) },
    {
      title: 'a backup that was cut off while it was written',
      verdict: 'failed',
      reason: /truncated|incomplete/,
      prepare: () => place(nights.cut),
    },
    {
      title: 'a backup that silently missed a table (the allergies)',
      verdict: 'failed',
      reason: /^inventory\.object-missing$/,
      prepare: async () => {
        await rm(join(kept, basename(nights.cut)));
        await place(nights.incomplete);
      },
    },
  ];
  return play(acts, request);
}

async function play(acts: readonly Act[], request: DemoRequest): Promise<boolean> {
  const planFile = join(request.checkout, 'plans', 'lakeside', 'ehr.yaml');
  const reports: string[] = [];
  let asExpected = true;
  for (const [index, act] of acts.entries()) {
    if (isStopped(request)) return false;
    request.say(`\n${index + 1} of ${acts.length}: drilling ${act.title} …`);
    await act.prepare();
    const drill = await request.drill(planFile);
    if (isStopped(request)) return false;
    if (drill.reportFile !== null) reports.push(drill.reportFile);
    const right = isRight(act, drill);
    asExpected &&= right;
    request.say(`    Verdict: ${drill.verdict}, ${right ? 'as it must be' : `but the demo expects: ${act.verdict}. Please report it`}`);
  }
  request.say('\nThe reports, for people:');
  for (const report of reports) request.say(`    ${report}`);
  const ledger = join(request.home, 'ledger', 'lakeside');
  request.say(`The evidence, for auditors (verify it with: npx resurgam verify ${relative(request.checkout, ledger)}):\n    ${ledger}`);
  return asExpected;
}

/** Asked anew each time: it changes while a drill runs. */
export function isStopped({ stop }: Pick<DemoRequest, 'stop'>): boolean {
  return stop.aborted;
}

function isRight(act: Act, drill: DemoDrill): boolean {
  const { reason } = act;
  return drill.verdict === act.verdict && (reason === null || drill.reasons.some(code => reason.test(code)));
}

/** Takes all backups before the first drill, so that nothing of the source runs, or has to be removed, beside a drill. */
async function makeNights(request: DemoRequest, folder: string): Promise<Night> {
  request.say(`Making the database of a clinic that does not exist (${(request.rows ?? 100_000).toLocaleString('en-US')} rows) …`);
  const source = await startSource(request.stop);
  const mark = join(folder, 'source');
  try {
    await writeFile(mark, source.folder);
    await makeClinic(source, request.rows ?? 100_000);
    request.say('Taking three backups of it with pg_dump …');
    return await backUp(source, join(folder, 'nights'), request.stop);
  } finally {
    await source.close();
    await rm(mark, { force: true });
  }
}

async function backUp(source: Source, folder: string, stop: AbortSignal): Promise<Night> {
  const whole = await takeBackup(source, folder);
  await nextSecond(stop);
  const cut = await takeBackup(source, folder);
  await cutOff(cut, 0.85);
  await nextSecond(stop);
  const incomplete = await takeBackup(source, folder, ['clinic.allergy']);
  return { whole, cut, incomplete };
}

/** A dump says the second in which it began: two in one second could not be told apart. */
async function nextSecond(stop: AbortSignal): Promise<void> {
  await new Promise(resolve => setTimeout(resolve, 1_000 - (Date.now() % 1_000) + 5));
  stop.throwIfAborted();
}

/** Away with what an earlier demo left, also one that was killed. */
async function clear(folder: string, home: string): Promise<void> {
  const lost = await readFile(join(folder, 'source'), 'utf8').catch(() => '');
  await removeLostSource(lost);
  for (const place of [join(folder, 'backups'), join(folder, 'nights'), home]) await rm(place, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
}
