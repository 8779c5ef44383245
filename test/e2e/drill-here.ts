import type * as Drilling from '../../src/drilling.ts';
import { noDrillEvents } from '../../src/drill-events.ts';
import { PrintedDrill } from '../../src/evidence/record.ts';
import type { Ran } from './cli.ts';

/** The program as it was built: its jails show the folder in which it lies. */
const DRILLING = new URL('../../dist/drilling.js', import.meta.url).href;

/** One drill as `resurgam drill … --json` runs it, without a process of its own. */
export async function drillHere(
  file: string,
  { folder, home }: { readonly folder: string; readonly home: string },
): Promise<{ ran: Ran; record: PrintedDrill }> {
  const { compose, planOf, executeDrill } = (await import(DRILLING)) as typeof Drilling;
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
