import type * as DrillCommand from '../../src/cli/drill.ts';
import type * as RunDrill from '../../src/cli/run-drill.ts';
import type * as Compose from '../../src/compose.ts';
import { noDrillEvents } from '../../src/drill-events.ts';
import { PrintedDrill } from '../../src/evidence/record.ts';
import type { Ran } from './cli.ts';

/** The program as it was built: its jails show the folder in which it lies. */
const built = async <T>(file: string): Promise<T> => (await import(new URL(`../../dist/${file}`, import.meta.url).href)) as T;

/** One drill as `resurgam drill … --json` runs it, without a process of its own. */
export async function drillHere(
  file: string,
  { folder, home }: { readonly folder: string; readonly home: string },
): Promise<{ ran: Ran; record: PrintedDrill }> {
  const [{ compose }, { planOf }, { executeDrill }] = await Promise.all([
    built<typeof Compose>('compose.js'),
    built<typeof DrillCommand>('cli/drill.js'),
    built<typeof RunDrill>('cli/run-drill.js'),
  ]);
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder, RESURGAM_HOME: home, NO_COLOR: '1' };
  const app = compose({ env, stop: new AbortController().signal });
  let stderr = '';
  const say = (line: string): void => void (stderr += `${line}\n`);
  try {
    const order = { app, ...(await planOf(app, file)), trigger: 'manual', person: null, events: noDrillEvents, say } as const;
    const { outcome, exitCode } = await executeDrill(order);
    const stdout = JSON.stringify(outcome.printed);
    return { ran: { code: exitCode, stdout, stderr }, record: PrintedDrill.parse(JSON.parse(stdout)) };
  } finally {
    await app.closeState();
  }
}
