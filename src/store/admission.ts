import { clientSecret, hasClientSecret, keepKnownKey } from './keys.ts';
import { publicKeyOf } from '../evidence/key.ts';
import { StoreError } from './error.ts';
import type { LedgerBody } from './ledger-body.ts';
import type { LedgerIndex } from './ledger-index.ts';
import { askingFor, provenMachine } from './machine.ts';
import { openSecret, sealSecret } from './sealed-secret.ts';
import type { MachineKeyRow, SharedLedger } from './shared-ledger.ts';
import type { Sharing } from './sharing.ts';
import type { Appending } from './seal-all.ts';

/** A key for which a machine asked, and the fingerprint of that machine: both proved. */
export interface Asked {
  readonly row: MachineKeyRow;
  readonly fingerprint: string;
}

/** Keys that wait to be admitted; rows whose proof does not hold are nobody's. */
export async function askedOf(shared: SharedLedger, client: string): Promise<readonly Asked[]> {
  const waiting = (await shared.keys()).filter(({ admittedAt }) => admittedAt === null);
  return waiting.flatMap(row => {
    const proven = provenMachine(row, client);
    return proven === undefined ? [] : [{ row, fingerprint: proven.identity.keyid }];
  });
}

/** Fingerprints of the machines that sign in these ledgers: who may sign for one client of an installation may be admitted to the others. */
export function trustedMachines(ledgers: readonly { readonly index: LedgerIndex }[]): ReadonlySet<string> {
  return new Set(
    ledgers.flatMap(({ index }) => [...index.machines].flatMap(([fingerprint, keys]) => (keys.size > 0 ? [fingerprint] : []))),
  );
}

/**
 * Sees to it that this machine may sign the ledger: announces it if it was the first, takes the client's key if it was admitted, else asks.
 * Throws StoreError `not-admitted`: then nothing can be done for this client here.
 */
export async function settleAdmission(ledger: LedgerBody, { shared, machine }: Sharing): Promise<void> {
  const { home, client, keys } = ledger;
  const { current } = keys;
  const fingerprint = machine.identity.keyid;
  if (!ledger.inForce.has(current.keyid)) {
    await shared.askFor(askingFor(machine, current, client));
    throw notAdmitted(client, fingerprint);
  }
  if (!(await hasClientSecret(home, client))) await takeSecret(ledger, { shared, machine });
  if (ledger.index.machines.get(fingerprint)?.has(current.keyid) === true) return;
  await shared.askFor(askingFor(machine, current, client));
  await ledger.append([announcing({ ...current, publicKey: current.pem }, fingerprint)], [current]);
  await shared.admitted(current.keyid, null);
}

async function takeSecret({ home, client, keys, index }: LedgerBody, { shared, machine }: Sharing): Promise<void> {
  const { keyid } = keys.current;
  const row = (await shared.keys()).find(one => one.keyid === keyid);
  const secret = openSecret(row?.secret, { client, keyid }, { privateKey: machine.exchange.privateKey, from: keys.known });
  if (secret === undefined && index.firstKey !== keyid) throw notAdmitted(client, machine.identity.keyid);
  await clientSecret(home, client, secret);
}

/**
 * Admits what was asked for by machines that `allowed` names: their keys are announced in the ledger, and they get the client's key. What was
 * broken off is finished by whoever does it again.
 */
export async function admitAsked(
  ledger: LedgerBody,
  { shared }: Sharing,
  allowed: (fingerprint: string) => boolean,
): Promise<readonly MachineKeyRow[]> {
  const { home, client } = ledger;
  const admitted: MachineKeyRow[] = [];
  for (const { row, fingerprint } of await askedOf(shared, client)) {
    if (!allowed(fingerprint)) continue;
    await keepKnownKey(home, client, publicKeyOf(row.publicKey));
    await ledger.reread();
    const signer = ledger.signer();
    if (!ledger.inForce.has(row.keyid)) await ledger.append([announcing(row, fingerprint)], [signer]);
    const secret = sealSecret(await clientSecret(home, client), { client, keyid: row.keyid }, { to: row.exchange, signer });
    await shared.admitted(row.keyid, secret);
    admitted.push(row);
  }
  return admitted;
}

/** The new key's own signature is in what its machine asked (`proof`): its private half is on another machine. */
function announcing({ keyid, publicKey }: Pick<MachineKeyRow, 'keyid' | 'publicKey'>, machine: string): Appending {
  const fields = { keyid, algorithm: 'ed25519', publicKey, role: 'machine', machine } as const;
  return { entry: { type: 'key', actor: { kind: 'system', id: 'resurgam' }, fields } };
}

function notAdmitted(client: string, fingerprint: string): StoreError {
  return new StoreError('not-admitted', `client ${client}: this machine has asked to sign for it, and was not admitted yet`, {
    hint: `Run on a machine that signs for it already: resurgam machine admit ${fingerprint.slice(0, 16)}`,
  });
}
