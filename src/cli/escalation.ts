import type { App } from '../app.ts';
import { acknowledgeByName } from '../escalate/acknowledge.ts';
import { happen, type Applied } from '../escalate/apply.ts';
import { sendTest } from '../escalate/test-message.ts';
import { clientNamed, fleetOf, type EscalateTools } from '../escalate/tools.ts';
import type { Matter, MatterEvent } from '../escalation/matter.ts';
import { deliveriesOf } from '../store/state/deliveries.ts';
import { latestMatters, matterById, openMatters } from '../store/state/matters.ts';
import { drainOutbox } from '../store/state/outbox.ts';
import { readPlans } from './client-plans.ts';
import type { RegisterCommand } from './commands.ts';
import { matterText, mattersText, REFUSED } from './escalation-text.ts';
import { CommandError, EXIT } from './exit.ts';
import { terminalOf } from './terminal.ts';

interface ByOptions {
  readonly by: string;
  readonly reason?: string;
  readonly until?: string;
  readonly because?: string;
}

/** `resurgam escalation …`: what is open, who was called, and what people say of it. */
export const escalationCommand: RegisterCommand = (program, { app, exit }) => {
  const command = program.command('escalation').description('open matters: who was called, who works on it, what is left to prove');
  command
    .command('list')
    .description('what is open, the worst first')
    .option('--all', 'also what is over')
    .option('--json', 'one JSON array for machines')
    .action(async (options: { readonly all?: boolean; readonly json?: boolean }) => {
      await list(app, options);
      exit(EXIT.passed);
    });
  command
    .command('show <id>')
    .description('one matter with everything that was sent about it')
    .option('--json', 'one JSON object for machines')
    .action(async (id: string, options: { readonly json?: boolean }) => {
      await show(app, id, options);
      exit(EXIT.passed);
    });
  command
    .command('ack <id>')
    .description('say that you are working on it: stops the ladder')
    .requiredOption('--by <contact>', 'who you are, as in client.yaml')
    .action(async (id: string, { by }: ByOptions) => {
      await change(app, id, (matter, tools) => acknowledgeByName({ client: matter.client, escalation: id, by }, tools));
      exit(EXIT.passed);
    });
  command
    .command('note <id>')
    .description('say that you are still working on it: keeps the acknowledgement alive')
    .requiredOption('--by <contact>', 'who you are, as in client.yaml')
    .action(async (id: string, { by }: ByOptions) => {
      await change(app, id, (matter, tools) => apply(matter, tools, { kind: 'note', at: tools.now(), by }));
      exit(EXIT.passed);
    });
  stateCommands(command, app, exit);
  command
    .command('test <client> <contact>')
    .description('send a test message to a contact by each of its channels')
    .action(async (client: string, contact: string) => {
      exit(await test(app, client, contact));
    });
};

/** `state` moves a matter; `resolve` says why nobody can close one by hand. */
function stateCommands(command: ReturnType<Parameters<RegisterCommand>[0]['command']>, app: App, exit: (code: number) => void): void {
  const states = ['open', 'stabilized', 'workaround-approved', 'restored', 'accepted'] as const;
  command
    .command('state <id> <state>')
    .description(`move it: ${states.join(', ')}`)
    .requiredOption('--by <contact>', 'who you are, as in client.yaml')
    .requiredOption('--reason <text>', 'one sentence for the record')
    .option('--until <day>', 'for accepted: at most 30 days away')
    .option('--because <seq>', 'for restored: the ledger entry that shows it')
    .action(async (id: string, to: string, { by, reason = '', until, because }: ByOptions) => {
      const state = states.find(one => one === to);
      if (state === undefined) throw new CommandError(`${to}: expected one of ${states.join(', ')}`, { exitCode: EXIT.usage });
      await change(app, id, (matter, tools) =>
        apply(matter, tools, {
          ...{ kind: 'state', at: tools.now(), to: state, by, via: 'command', reason },
          ...(until === undefined ? {} : { until: momentOf(until) }),
          ...(because === undefined ? {} : { because: entryOf(because) }),
        }),
      );
      exit(EXIT.passed);
    });
  command
    .command('resolve <id>')
    .description('only evidence resolves: shows which evidence this matter waits for')
    .action(async (id: string) => {
      const state = await app.state();
      const matter = await matterOf(app, id);
      const sent = await state.of(matter.client, tx => deliveriesOf(tx, id));
      process.stdout.write(matterText(matter, sent, { terminal: terminalOf(process.stdout, process.env), only: 'proof' }));
      exit(matter.resolvedAt === null ? EXIT.usage : EXIT.passed);
    });
}

/** The beginning of a day, or a moment. */
function momentOf(until: string): string {
  const ms = /^\d{4}-\d{2}-\d{2}(T|$)/.test(until) ? Date.parse(until) : Number.NaN;
  if (!Number.isNaN(ms)) return new Date(ms).toISOString();
  throw new CommandError(`--until ${until}: expected a day such as 2026-11-30`, { exitCode: EXIT.usage });
}

function entryOf(because: string): number {
  if (/^\d{1,15}$/.test(because)) return Number(because);
  throw new CommandError(`--because ${because}: expected the number of a ledger entry`, { exitCode: EXIT.usage });
}

async function list(app: App, { all, json }: { readonly all?: boolean; readonly json?: boolean }): Promise<void> {
  const state = await app.state();
  const matters = await state.all(tx => (all === true ? latestMatters(tx, 500) : openMatters(tx)));
  if (json === true) process.stdout.write(`${JSON.stringify(matters, null, 2)}\n`);
  else process.stdout.write(mattersText(matters, { terminal: terminalOf(process.stdout, process.env), now: app.now() }));
}

async function show(app: App, id: string, { json }: { readonly json?: boolean }): Promise<void> {
  const state = await app.state();
  const matter = await matterOf(app, id);
  const sent = await state.of(matter.client, tx => deliveriesOf(tx, id));
  if (json === true) {
    const deliveries = sent.map(({ message, ...rest }) => ({ ...rest, kind: message['kind'] }));
    process.stdout.write(`${JSON.stringify({ ...matter, deliveries }, null, 2)}\n`);
    return;
  }
  process.stdout.write(matterText(matter, sent, { terminal: terminalOf(process.stdout, process.env), only: null }));
}

async function matterOf(app: App, id: string): Promise<Matter> {
  const state = await app.state();
  const matter = await state.all(tx => matterById(tx, id));
  if (matter !== undefined) return matter;
  throw new CommandError(`no escalation ${id}`, { exitCode: EXIT.usage, hint: 'See `resurgam escalation list --all`.' });
}

/** The tools of the moment: plans and clients are read, so that the rules are those in force. */
async function toolsOf(app: App): Promise<EscalateTools> {
  const [state, loaded, channels] = await Promise.all([app.state(), readPlans(app), app.channels()]);
  const fleet = fleetOf(loaded);
  return {
    state,
    fleet,
    channels: new Map(channels.map(channel => [channel.kind, channel])),
    worker: app.worker,
    publicUrl: null,
    ledger: client => {
      const { domain, timezone } = clientNamed(fleet, client);
      return app.ledger({ client, domain, timeZone: timezone });
    },
    secret: reference => app.secret(reference),
    now: () => app.now(),
    explain: message => void process.stderr.write(`${message}\n`),
  };
}

function apply(matter: Matter, tools: EscalateTools, event: Exclude<MatterEvent, { kind: 'observed' }>): Promise<Applied> {
  return tools.state.of(matter.client, tx => happen({ tx, client: matter.client, tools }, matter.id, event));
}

/** What a person says is in the ledger before the command ends. */
async function change(app: App, id: string, act: (matter: Matter, tools: EscalateTools) => Promise<Applied>): Promise<void> {
  const before = await matterOf(app, id);
  // Nothing would happen, and whoever asked must not believe that it did.
  if (before.resolvedAt !== null) throw new CommandError(REFUSED['not-open'], { exitCode: EXIT.usage });
  const tools = await toolsOf(app);
  const { matter, refused } = await act(before, tools);
  await drainOutbox(tools.state, await tools.ledger(before.client));
  if (refused !== undefined) throw new CommandError(REFUSED[refused], { exitCode: EXIT.usage });
  process.stdout.write(`${id}: ${matter?.state ?? before.state}\n`);
}

async function test(app: App, client: string, contact: string): Promise<number> {
  const tools = await toolsOf(app);
  const tried = await sendTest({ client, contact }, tools, app.stop);
  for (const { channel, sent } of tried) {
    process.stdout.write(`${channel}: ${sent.result === 'accepted' ? 'accepted by the other side' : `failed (${sent.error})`}\n`);
  }
  if (tried.length > 0) return tried.some(({ sent }) => sent.result === 'accepted') ? EXIT.passed : EXIT.failed;
  throw new CommandError(`${contact} of ${client}: expected a contact with a channel`, {
    exitCode: EXIT.usage,
    hint: 'See `contacts` and `channels` in plans/<client>/client.yaml.',
  });
}
