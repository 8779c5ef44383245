import { parseCheckpoint, isSignedBy } from '../evidence/checkpoint.ts';
import { EvidenceError } from '../evidence/error.ts';
import { publicKeyOf, type PublicKey } from '../evidence/key.ts';
import { join } from 'node:path';
import { LedgerReader } from '../evidence/ledger-reader.ts';
import { writeDurably } from '../system/files.ts';
import { privateFolder, type Home } from './home.ts';
import { keepKnownKey } from './keys.ts';
import { checkpointName, type LedgerPaths } from './ledger-folder.ts';
import type { Machine } from './machine.ts';
import { altered, originIn, type ReadLedger } from './read-ledger.ts';
import type { SharedLedger } from './shared-ledger.ts';

/** How this machine takes part in a ledger that several share. */
export interface Sharing {
  readonly shared: SharedLedger;
  readonly machine: Machine;
}

/** Keeps the public halves of all machines' keys among those that may have signed. True if one was new. */
export async function keepSharedKeys(
  shared: SharedLedger,
  home: Home,
  of: { client: string; known: readonly PublicKey[] },
): Promise<boolean> {
  const known = new Set(of.known.map(({ keyid }) => keyid));
  const fresh = (await shared.keys()).filter(({ keyid }) => !known.has(keyid));
  for (const { publicKey } of fresh) {
    const key = readKey(publicKey);
    if (key !== undefined) await keepKnownKey(home, of.client, key);
  }
  return fresh.length > 0;
}

/** What is no key cannot have signed anything: lines that it should have signed are told by whoever reads them. */
function readKey(pem: string): PublicKey | undefined {
  try {
    return publicKeyOf(pem);
  } catch (error) {
    if (error instanceof EvidenceError) return undefined;
    throw error;
  }
}

/** A copy that has no line yet of a ledger that others began; undefined if nobody did. */
export async function emptyCopy(shared: SharedLedger, keys: readonly PublicKey[]): Promise<ReadLedger | undefined> {
  const [first] = await shared.lines(0, 1);
  if (first === undefined) return undefined;
  const origin = originIn(first);
  return { reader: new LedgerReader({ origin, keys }), origin, checkpoint: undefined, bytes: 0, partial: false };
}

/** Brings checkpoints that other machines signed into this machine's copy. Whether their roots are those of the lines, reading tells. */
export async function copyCheckpoints(
  shared: SharedLedger,
  of: {
    readonly client: string;
    readonly paths: LedgerPaths;
    readonly above: number;
    readonly size: number;
    readonly known: readonly PublicKey[];
  },
): Promise<void> {
  for (const { size, text } of await shared.checkpoints(of.above)) {
    if (size > of.size) return;
    if (!isSignedBy(parseCheckpoint(text), of.known)) throw altered(of.client, 'BAD CHECKPOINT SIGNATURE');
    await writeDurably(join(await privateFolder(of.paths.checkpoints), checkpointName(size)), text);
    await writeDurably(of.paths.checkpoint, text);
  }
}
