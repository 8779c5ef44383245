import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { newPrivateKeyPem, publicKeyOf, signerOf, type PublicKey, type Signer } from '../evidence/key.ts';
import { EvidenceError } from '../evidence/error.ts';
import { exists } from '../system/files.ts';
import { storeError } from './error.ts';
import { privateFolder, type Home } from './home.ts';
import { readPrivate } from './keys.ts';
import type { MachineKeyRow } from './shared-ledger.ts';
import { writeOnce } from './write-once.ts';

/** No client is called so: names of clients begin with a letter or a digit. */
const FOLDER = '_machine';

/** What tells this machine from all others that share its ledgers. Both private halves stay in `RESURGAM_HOME`. */
export interface Machine {
  /** For people: `rack-2`. Proves nothing. */
  readonly name: string;
  readonly identity: Signer;
  readonly exchange: { readonly pem: string; readonly privateKey: KeyObject };
}

/** Reads the machine's own keys, and makes them at first use. Throws StoreError. */
export async function machineIdentity(home: Home, name: string): Promise<Machine> {
  const folder = await privateFolder(home.keys(FOLDER));
  try {
    const identity = signerOf(await keptOnce(join(folder, 'identity.pem'), newPrivateKeyPem));
    const privateKey = createPrivateKey(await keptOnce(join(folder, 'exchange.pem'), newExchangePem));
    const pem = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString();
    return { name, identity, exchange: { pem, privateKey } };
  } catch (cause) {
    throw cause instanceof EvidenceError ? cause : storeError(cause, folder);
  }
}

async function keptOnce(path: string, make: () => string): Promise<string> {
  if (!(await exists(path))) await writeOnce(path, make(), 0o600);
  return readPrivate(path);
}

function newExchangePem(): string {
  return generateKeyPairSync('x25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** What a machine asks for: that this key of it may sign for this client. Signed by the key (it is at hand) and by the machine (it is its own). */
export function askingFor(machine: Machine, signer: Signer, client: string): Omit<MachineKeyRow, 'askedAt' | 'admittedAt' | 'secret'> {
  const { name, identity, exchange } = machine;
  const row = { keyid: signer.keyid, publicKey: signer.pem, machine: name, identity: identity.pem, exchange: exchange.pem };
  const message = asked(client, row);
  const proof = { key: signer.sign(message).toString('base64'), machine: identity.sign(message).toString('base64') };
  return { ...row, proof };
}

/** Who asked, if both signatures hold; undefined for a row that somebody else wrote or changed. */
export function provenMachine(row: MachineKeyRow, client: string): { readonly identity: PublicKey; readonly key: PublicKey } | undefined {
  try {
    const [identity, key] = [publicKeyOf(row.identity), publicKeyOf(row.publicKey)];
    const { key: byKey, machine: byMachine } = row.proof as { readonly key: string; readonly machine: string };
    const message = asked(client, row);
    const holds = key.verify(message, Buffer.from(byKey, 'base64')) && identity.verify(message, Buffer.from(byMachine, 'base64'));
    return holds && key.keyid === row.keyid ? { identity, key } : undefined;
  } catch {
    // Not even a key, or no proof: whoever wrote it did not follow the form that we write.
    return undefined;
  }
}

function asked(client: string, row: Pick<MachineKeyRow, 'keyid' | 'identity' | 'exchange'>): Buffer {
  return Buffer.from(JSON.stringify(['resurgam-machine-key/v1', client, row.keyid, row.identity, row.exchange]));
}
