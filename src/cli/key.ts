import type { App } from '../app.ts';
import { publicKeyOf, type PublicKey } from '../evidence/key.ts';
import { readdir } from '../system/files.ts';
import { readFile } from '../system/files.ts';
import { join } from 'node:path';
import type { Ledger } from '../store/ledger.ts';
import type { RegisterCommand } from './commands.ts';
import { CommandError, EXIT } from './exit.ts';
import { keyExportText, keyRotateText, keyShowText } from './key-text.ts';

/** `resurgam key show | export | rotate`: the machine key that signs a client's evidence. Private halves are never shown. */
export const keyCommand: RegisterCommand = (program, { app }) => {
  const key = program.command('key').description("the key that signs a client's evidence");
  const verb = (name: string, description: string, act: (ledger: Ledger) => Promise<string>): void => {
    key
      .command(`${name} [client]`)
      .description(description)
      .action(async (client?: string) => {
        process.stdout.write(await act(await existingLedger(app, client)));
      });
  };
  verb('show', 'print key id, ledger and public key', async ledger =>
    keyShowText({ client: ledger.client, origin: ledger.origin, ...(await keysOf(ledger)) }),
  );
  verb('export', 'print the public keys in PEM, the present one first', async ledger => keyExportText(await keysOf(ledger)));
  verb('rotate', 'make a new key and announce it in the ledger, signed by both', async ledger =>
    keyRotateText({ ...(await ledger.rotateKey()), folder: ledger.paths.machineKeys }),
  );
};

/** The ledger of this client, or of the only one there is. Looking at a key never begins a ledger. */
export async function existingLedger(app: App, client: string | undefined): Promise<Ledger> {
  const there = await readdir(join(app.homePath, 'ledger')).catch(() => [] as string[]);
  const name = client ?? (there.length === 1 ? there[0] : undefined);
  if (name === undefined || !there.includes(name)) {
    const known = there.length === 0 ? 'there is none yet: run a drill first' : `name one of: ${there.join(', ')}`;
    throw new CommandError(client === undefined ? 'which client?' : `no ledger of client ${client} in ${app.homePath}`, {
      exitCode: EXIT.usage,
      hint: `Ledgers are made at the first drill; ${known}.`,
    });
  }
  return app.ledger({ client: name, domain: 'resurgam.local', timeZone: 'UTC' });
}

async function keysOf(ledger: Ledger): Promise<{ key: PublicKey; retired: readonly PublicKey[] }> {
  const key = publicKeyOf(await readFile(ledger.paths.signer, 'utf8'));
  const names = await readdir(ledger.paths.machineKeys).catch(() => [] as string[]);
  const all = await Promise.all(names.map(async name => publicKeyOf(await readFile(join(ledger.paths.machineKeys, name), 'utf8'))));
  return { key, retired: all.filter(other => other.keyid !== key.keyid) };
}
