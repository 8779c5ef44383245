import type { App } from '../app.ts';
import { keepPingKey, newPingKey, pingKeyHash } from '../store/state/ping-keys.ts';
import type { RegisterCommand } from './commands.ts';
import { planOf } from './drill.ts';
import { CommandError, EXIT } from './exit.ts';

/** Where `resurgam serve` is heard if nobody says otherwise. */
const PORT = 8470;

/** `resurgam ping-key <plan> <component>`: the address that a backup job calls when it begins and ends. Shown once. */
export const pingKeyCommand: RegisterCommand = (program, { app, exit }) => {
  program
    .command('ping-key <plan> <component>')
    .description('make the address that a backup job calls when it begins, ends and fails; it is shown once')
    .option('--rotate', 'replace the address that there is; the old one is not heard any more')
    .option('--url <base>', 'where the job reaches Resurgam; default: RESURGAM_URL, else this machine at RESURGAM_PORT')
    .action(async (name: string, component: string, options: { rotate?: boolean; url?: string }) => {
      const key = await makeKey(app, { name, component, rotate: options.rotate === true });
      const base = options.url ?? app.env.RESURGAM_URL ?? `http://127.0.0.1:${app.env['RESURGAM_PORT'] ?? PORT}`;
      process.stdout.write(pingText(`${base.replace(/\/+$/, '')}/ping/${key}`));
      exit(EXIT.passed);
    });
};

async function makeKey(app: App, of: { readonly name: string; readonly component: string; readonly rotate: boolean }): Promise<string> {
  const { plan } = await planOf(app, of.name);
  if (!plan.components.some(known => known.name === of.component)) {
    const known = plan.components.map(({ name }) => name).join(', ');
    throw new CommandError(`plan ${plan.plan} has no component ${of.component}`, { exitCode: EXIT.usage, hint: `Name one of: ${known}.` });
  }
  const key = newPingKey();
  const place = { client: plan.client, plan: plan.plan, component: of.component };
  const kept = { sha256: pingKeyHash(key), now: app.now(), rotate: of.rotate };
  const state = await app.state();
  const isKept = await state.of(plan.client, tx => keepPingKey(tx, place, kept));
  if (isKept) return key;
  throw new CommandError(`${plan.plan} ${of.component} has a ping address already; it was shown when it was made`, {
    exitCode: EXIT.usage,
    hint: 'Add --rotate to replace it: the old one is then not heard any more.',
  });
}

/** The address, and how a job uses it. */
function pingText(url: string): string {
  return `${url}

Put it into the backup job; it is not shown again, and whoever has it can report for this job.

  curl -fsS -m 10 --retry 5 ${url}/start
  <the backup command>
  curl -fsS -m 10 --retry 5 ${url}/$?
`;
}
