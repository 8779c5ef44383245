import { fromBase64 } from './digest.ts';
import { EvidenceError } from './error.ts';
import { noteKeyId, type PublicKey, type Signer } from './key.ts';

/** The head of a ledger: how long it is, and the Merkle root over its lines. */
export interface Head {
  readonly origin: string;
  readonly size: number;
  /** Standard base64 of 32 bytes. */
  readonly root: string;
}

/** A signed note as it was read: signatures not yet checked. */
export interface Checkpoint extends Head {
  /** The exact bytes that were signed. */
  readonly body: string;
  readonly signatures: readonly { readonly name: string; readonly keyId: Buffer; readonly signature: Buffer }[];
}

/** The last checkpoint, and the root that the present lines give for its size. */
export interface Previous {
  readonly checkpoint: Head;
  readonly rootNow: string;
}

/**
 * The text of a checkpoint: C2SP signed note, no extension lines. Throws EvidenceError `not-an-extension` if the present lines are not
 * an extension of the last checkpoint: whoever signed both would prove their own forgery.
 */
export function signCheckpoint(head: Head, previous: Previous | undefined, signer: Signer): string {
  if (previous !== undefined) refuseFork(head, previous);
  const body = `${head.origin}\n${head.size}\n${head.root}\n`;
  const signature = Buffer.concat([noteKeyId(head.origin, signer.raw), signer.sign(Buffer.from(body))]);
  return `${body}\n— ${head.origin} ${signature.toString('base64')}\n`;
}

function refuseFork(head: Head, { checkpoint, rootNow }: Previous): void {
  if (checkpoint.origin === head.origin && checkpoint.size <= head.size && checkpoint.root === rootNow) return;
  throw new EvidenceError(
    'not-an-extension',
    `the ledger of ${head.size} entries is no extension of its checkpoint of size ${checkpoint.size}`,
    {
      hint: 'Keep the ledger as it is, and compare it with the copies that were handed out.',
    },
  );
}

/** Takes a checkpoint apart. Throws EvidenceError `bad-checkpoint` if it is none; signatures are checked by `isSignedBy`. */
export function parseCheckpoint(text: string): Checkpoint {
  const end = text.indexOf('\n\n');
  const body = text.slice(0, end + 1);
  const [origin = '', size = '', root = ''] = body.split('\n');
  if (end < 0 || origin === '' || !/^(0|[1-9]\d{0,14})$/.test(size) || fromBase64(root)?.length !== 32) {
    throw new EvidenceError('bad-checkpoint', 'expected a signed note of origin, size and root, got something else', {
      hint: 'Give the file checkpoint.txt as Resurgam wrote it.',
    });
  }
  const signatures = text
    .slice(end + 2)
    .split('\n')
    .flatMap(readSignature);
  return { origin, size: Number(size), root, body, signatures };
}

function readSignature(line: string): Checkpoint['signatures'] {
  const [, name, encoded] = /^— (\S+) (\S+)$/.exec(line) ?? [];
  const bytes = encoded === undefined ? undefined : fromBase64(encoded);
  if (name === undefined || bytes === undefined || bytes.length < 5) return [];
  return [{ name, keyId: bytes.subarray(0, 4), signature: bytes.subarray(4) }];
}

/** At least one of the keys signed it, and no signature in the name of one of them is wrong. Signatures of others do not count. */
export function isSignedBy(checkpoint: Checkpoint, keys: readonly PublicKey[]): boolean {
  const ours = keys.flatMap(key => {
    const keyId = noteKeyId(checkpoint.origin, key.raw);
    return checkpoint.signatures
      .filter(({ name, keyId: named }) => name === checkpoint.origin && named.equals(keyId))
      .map(({ signature }) => key.verify(Buffer.from(checkpoint.body), signature));
  });
  return ours.length > 0 && ours.every(Boolean);
}
