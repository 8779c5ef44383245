import { resolve } from 'node:path';
import type { App } from '../app.ts';
import { inOrder } from '../drill/begin.ts';
import type { DrillRecord } from '../evidence/record.ts';
import { readHandScript } from '../hand-script.ts';
import type { Plan } from '../plan/plan.ts';
import { handView } from '../report/by-hand/by-hand.ts';
import { handMarkdown } from '../report/by-hand/markdown.ts';
import { handPage } from '../report/by-hand/page.ts';
import type { HandScript, HandSource } from '../report/by-hand/view.ts';
import { renderPage } from '../report/render.ts';
import { lastAccepted, readRecord } from '../store/drills.ts';
import { writeDurably } from '../system/files.ts';
import { ledgerIfAny } from './client-plans.ts';
import type { RegisterCommand } from './commands.ts';
import { planOf } from './drill.ts';
import { CommandError, EXIT } from './exit.ts';

interface RunbookOptions {
  readonly html?: boolean;
  readonly markdown?: boolean;
  readonly output?: string;
}

/** `resurgam runbook <plan>`: the plan as a document for the day on which nothing runs, not even this. */
export const runbookCommand: RegisterCommand = (program, { app, exit }) => {
  program
    .command('runbook <plan>')
    .description('print a plan as a document that a person can follow by hand with the network down')
    .option('--markdown', 'as Markdown (default)')
    .option('--html', 'as one page that needs nothing else')
    .option('--output <file>', 'where to write it, instead of the terminal')
    .action(async (name: string, options: RunbookOptions) => {
      if (options.html === true && options.markdown === true) {
        throw new CommandError('--html and --markdown exclude each other', { exitCode: EXIT.usage, hint: 'Name one of them.' });
      }
      const view = handView(await sourceOf(app, name));
      const text = options.html === true ? renderPage(await app.template('page/runbook'), handPage(view)) : handMarkdown(view);
      exit(EXIT.passed);
      if (options.output === undefined) return void process.stdout.write(text);
      await writeDurably(resolve(options.output), text, 0o600);
      process.stdout.write(`${resolve(options.output)}\n`);
    });
};

async function sourceOf(app: App, name: string): Promise<HandSource> {
  const { plan, client } = await planOf(app, name);
  const tools = new Map(app.backupTools.map(tool => [tool.name, tool]));
  const components = inOrder(plan);
  const scripts = new Map<string, HandScript>();
  for (const component of components) {
    if (component.runbook === null) continue;
    scripts.set(component.name, await readHandScript({ plan, component, stepping: app.stepping, stop: app.stop }));
  }
  const timeZone = client?.timezone ?? plan.schedule.timezone;
  const record = await acceptedRecord(app, plan);
  return {
    plan,
    client,
    components,
    tools,
    scripts,
    record,
    madeAt: app.now(),
    timeZone,
    version: app.version,
  };
}

async function acceptedRecord(app: App, plan: Plan): Promise<DrillRecord | undefined> {
  const ledger = await ledgerIfAny(app, plan.client);
  const accepted = ledger === undefined ? undefined : await lastAccepted(ledger, plan.plan);
  return ledger === undefined || accepted === undefined ? undefined : readRecord(ledger, accepted.drill);
}
