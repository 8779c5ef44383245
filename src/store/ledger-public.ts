import { join } from 'node:path';
import type { PublicKey } from '../evidence/key.ts';
import { fileURLToPath } from 'node:url';
import { readFile, writeDurably } from '../system/files.ts';
import { privateFolder } from './home.ts';
import { readIfThere, type LedgerPaths } from './ledger-folder.ts';

/** The reference verifier, handed out with every ledger. */
const SCRIPT = fileURLToPath(new URL('../../templates/verify.sh', import.meta.url));

const HOW_TO_VERIFY = `This folder is a Resurgam ledger. It can be verified without Resurgam:

  resurgam verify .                                       with Resurgam
  bash verify.sh ledger.jsonl checkpoint.txt signer.pem        without it, as long as the machine key was never rotated
  bash verify.sh ledger.jsonl checkpoint.txt keys/machine      without it, always

verify.sh needs bash 4, jq 1.6, OpenSSL 3 and xxd. It is a copy for convenience, as are the keys here: use your own if you were given one.
Compare their ids (sha256 of the key in DER) with those that you were given by another way.
Files in recovered/ are the rests of lines that a crash broke off; no entry vouches for them but a ledger-recovered one.
`;

/** Keeps the public halves beside the ledger, so that whoever is handed the folder can verify it on the spot. */
export async function keepUpPublicFiles(paths: LedgerPaths, signer: PublicKey, known: readonly PublicKey[]): Promise<void> {
  const folder = await privateFolder(paths.machineKeys);
  for (const key of known) await keep(join(folder, `${key.keyid}.pem`), key.pem);
  await keep(paths.signer, signer.pem);
  await keep(join(paths.folder, 'verify.sh'), await readFile(SCRIPT, 'utf8'));
  await keep(join(paths.folder, 'HOW-TO-VERIFY.txt'), HOW_TO_VERIFY);
}

async function keep(path: string, content: string): Promise<void> {
  if ((await readIfThere(path)) !== content) await writeDurably(path, content);
}
