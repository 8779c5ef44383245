import { createHmac, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { newPrivateKeyPem, publicKeyOf, signerOf, type PublicKey, type Signer } from '../evidence/key.ts';
import { exists, readdir, readFile, rename, rm, stat, syncFolder, writeDurably } from '../system/files.ts';
import { StoreError, storeError } from './error.ts';
import { privateFolder, type Home } from './home.ts';
import { writeOnce } from './write-once.ts';

/** The machine keys of one client. The private halves never leave this folder. */
export interface MachineKeys {
  /** Signs lines and checkpoints. */
  readonly current: Signer;
  /** Made by a rotation that has not ended: in force or not, the ledger says it. */
  readonly next: Signer | undefined;
  /** Public halves of every machine key that there ever was. */
  readonly known: readonly PublicKey[];
}

/** Reads the machine key and makes it at first use. Throws StoreError `key-loose` if others may read it, `key-missing` if a ledger is there already. */
export async function machineKeys(home: Home, client: string): Promise<MachineKeys> {
  const folder = await keyFolder(home, client);
  const path = join(folder, 'machine.pem');
  try {
    if (!(await exists(path))) await makeFirst(home, client);
    const current = signerOf(await readPrivate(path));
    const nextPath = join(folder, 'machine-next.pem');
    const next = (await exists(nextPath)) ? signerOf(await readPrivate(nextPath)) : undefined;
    await keepPublic(folder, current);
    return { current, next, known: await publicKeys(join(folder, 'public')) };
  } catch (cause) {
    throw storeError(cause, folder);
  }
}

async function makeFirst(home: Home, client: string): Promise<void> {
  if (await exists(join(home.ledger(client), 'ledger.jsonl'))) {
    throw new StoreError('key-missing', `machine key of client ${client}: expected it beside its ledger, it is gone`, {
      hint: 'Put back keys/<client>/machine.pem from its copy; without it this ledger can be verified but not continued.',
    });
  }
  await writeOnce(join(home.keys(client), 'machine.pem'), newPrivateKeyPem(), 0o600);
}

/** First step of a rotation: a key that nobody uses yet. Takes away what a rotation that was given up left. */
export async function makeNext(home: Home, client: string): Promise<Signer> {
  const folder = await keyFolder(home, client);
  const pem = newPrivateKeyPem();
  const next = signerOf(pem);
  await keepPublic(folder, next);
  await writeDurably(join(folder, 'machine-next.pem'), pem, 0o600);
  return next;
}

/** Last step: the new key takes the place of the old one, whose private half is destroyed by it. */
export async function promoteNext(home: Home, client: string): Promise<void> {
  const folder = home.keys(client);
  await rename(join(folder, 'machine-next.pem'), join(folder, 'machine.pem'));
  await syncFolder(folder);
}

/** Gives up a rotation that did not get into the ledger. */
export async function discardNext(home: Home, client: string, next: Signer): Promise<void> {
  const folder = home.keys(client);
  await rm(join(folder, 'machine-next.pem'), { force: true });
  await rm(join(folder, 'public', `${next.keyid}.pem`), { force: true });
}

/** The client's HMAC-SHA-256: what stands for a file name, a role name or a log. The key is made at first use and leaves for no one but an admitted machine. */
export async function clientHmac(home: Home, client: string): Promise<(bytes: string | Uint8Array) => string> {
  const key = await clientSecret(home, client);
  return bytes => createHmac('sha256', key).update(bytes).digest('hex');
}

/** The key of `clientHmac`: `given` if there is none yet, else a new one. Throws StoreError `key-loose`. */
export async function clientSecret(home: Home, client: string, given: Uint8Array = randomBytes(32)): Promise<Buffer> {
  const folder = await keyFolder(home, client);
  try {
    const path = join(folder, 'client.key');
    if (!(await exists(path))) await writeOnce(path, `${Buffer.from(given).toString('hex')}\n`, 0o600);
    return Buffer.from((await readPrivate(path)).trim(), 'hex');
  } catch (cause) {
    throw storeError(cause, folder);
  }
}

/** Whether the key of `clientHmac` is on this machine. */
export function hasClientSecret(home: Home, client: string): Promise<boolean> {
  return exists(join(home.keys(client), 'client.key'));
}

/** Keeps the public half of another machine's key among those that may have signed. */
export async function keepKnownKey(home: Home, client: string, key: PublicKey): Promise<void> {
  await keepPublic(await keyFolder(home, client), key);
}

/** Reads a secret file, unless anyone but its owner could have read it too. */
export async function readPrivate(path: string): Promise<string> {
  await refuseLoose(path);
  return readFile(path, 'utf8');
}

async function keyFolder(home: Home, client: string): Promise<string> {
  const folder = await privateFolder(home.keys(client));
  await refuseLoose(folder);
  return folder;
}

async function refuseLoose(path: string): Promise<void> {
  const { mode } = await stat(path);
  if ((mode & 0o077) === 0) return;
  throw new StoreError('key-loose', `${path}: expected that only its owner may use it, its mode is ${(mode & 0o777).toString(8)}`, {
    hint: 'Ask who could have read it; rotate the key if anyone could, then take the rights away with chmod go=.',
  });
}

async function keepPublic(folder: string, key: PublicKey): Promise<void> {
  const path = join(await privateFolder(join(folder, 'public')), `${key.keyid}.pem`);
  if (!(await exists(path))) await writeOnce(path, key.pem, 0o644);
}

async function publicKeys(folder: string): Promise<readonly PublicKey[]> {
  const names = (await readdir(folder)).filter(name => name.endsWith('.pem')).toSorted();
  return Promise.all(names.map(async name => publicKeyOf(await readFile(join(folder, name), 'utf8'))));
}
