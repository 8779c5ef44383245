import type { App } from '../app.ts';
import { machineIdentity } from '../store/machine.ts';
import { machinesOf, type MachineRow } from '../store/state/machines.ts';
import type { RegisterCommand } from './commands.ts';
import { CommandError, EXIT } from './exit.ts';
import { machineListText } from './machine-text.ts';

/** Fewer digits could be another machine's by chance, or by somebody's patience. */
const LEAST_DIGITS = 16;

/** `resurgam machine list | admit | retire`: which machines may sign, where several share one PostgreSQL. */
export const machineCommand: RegisterCommand = (program, { app, exit }) => {
  const machine = program.command('machine').description('the machines that sign evidence together: list them, admit one, retire one');
  machine
    .command('list')
    .description('which machines sign for which clients, and which wait to be admitted')
    .option('--json', 'one JSON object for machines')
    .action(async (options: { readonly json?: boolean }) => {
      const machines = await machinesOf(await shared(app));
      const own = (await machineIdentity(await app.home(), app.worker)).identity.keyid;
      process.stdout.write(options.json === true ? `${JSON.stringify({ own, machines }, null, 2)}\n` : machineListText(machines, own));
    });
  machine
    .command('admit <fingerprint>')
    .description('let a machine sign: compare the fingerprint with the one that it shows itself')
    .action(async (fingerprint: string) => {
      const one = await machineLike(app, fingerprint);
      process.stdout.write(await admit(app, one));
      exit(EXIT.passed);
    });
  machine
    .command('retire <fingerprint>')
    .description('its keys sign nothing from now on: a machine that was lost, stolen or given away')
    .requiredOption('--reason <text>', 'why; one line, it is signed')
    .action(async (fingerprint: string, { reason }: { readonly reason: string }) => {
      const one = await machineLike(app, fingerprint);
      process.stdout.write(await retire(app, one, reason));
      exit(EXIT.passed);
    });
};

async function shared(app: App): ReturnType<App['state']> {
  if (app.sharesLedgers) return app.state();
  throw new CommandError('expected machines that share a PostgreSQL server, this one keeps its ledgers alone', {
    exitCode: EXIT.usage,
    hint: 'Set DATABASE_URL on every machine to the server that they share, and RESURGAM_LEDGERS=shared.',
  });
}

async function machineLike(app: App, digits: string): Promise<MachineRow> {
  const wanted = digits.toLowerCase();
  if (!/^[0-9a-f]+$/.test(wanted) || wanted.length < LEAST_DIGITS) {
    throw new CommandError(`${digits}: expected at least ${LEAST_DIGITS} digits of a fingerprint`, {
      exitCode: EXIT.usage,
      hint: 'Copy it from that machine: `resurgam machine list` marks its own line there.',
    });
  }
  const found = (await machinesOf(await shared(app))).filter(({ fingerprint }) => fingerprint.startsWith(wanted));
  const [one] = found;
  if (one !== undefined && found.length === 1) return one;
  throw new CommandError(`${digits}: ${found.length} machines have such a fingerprint`, {
    exitCode: EXIT.usage,
    hint: 'Start `resurgam serve` or `resurgam work` there once, so that it asks; then see `resurgam machine list`.',
  });
}

async function admit(app: App, { name, fingerprint, waiting, admitted }: MachineRow): Promise<string> {
  const done: string[] = [];
  for (const client of waiting) {
    const ledger = await app.ledger({ client, domain: 'resurgam.local', timeZone: 'UTC' });
    const rows = await ledger.admit(other => other === fingerprint);
    if (rows.length > 0) await ledger.checkpoint();
    if (rows.length > 0) done.push(client);
  }
  if (done.length > 0) return `${name} now signs for ${done.join(', ')}. Other clients follow by themselves.\n`;
  return admitted.length > 0 ? `${name} signs already for ${admitted.join(', ')}; nothing waits.\n` : `nothing waits for ${name}\n`;
}

async function retire(app: App, { name, fingerprint, admitted }: MachineRow, reason: string): Promise<string> {
  if (!/^\P{Cc}{1,280}$/u.test(reason.trim())) {
    throw new CommandError('--reason: expected one line of at most 280 characters', { exitCode: EXIT.usage });
  }
  if (fingerprint === (await machineIdentity(await app.home(), app.worker)).identity.keyid) {
    throw new CommandError('expected another machine: this one would have to sign that it may not sign', {
      exitCode: EXIT.usage,
      hint: 'Run it on a machine that stays.',
    });
  }
  const done: string[] = [];
  for (const client of admitted) {
    const ledger = await app.ledger({ client, domain: 'resurgam.local', timeZone: 'UTC' });
    const { appended } = await ledger.appendAll(({ machines, at }, now) =>
      [...(machines.get(fingerprint) ?? [])].map(keyid => {
        const fields = { revokes: keyid, revokedAt: now > at ? now : at, reason: reason.trim(), lastTrustedSeq: ledger.position().seq };
        return { entry: { type: 'key-revoked', actor: { kind: 'system', id: 'resurgam' }, fields } } as const;
      }),
    );
    if (appended === 0) continue;
    await ledger.checkpoint();
    done.push(client);
  }
  return done.length === 0 ? `${name} signs for nobody any more\n` : `${name} signs no more for ${done.join(', ')}: the ledgers say so\n`;
}
