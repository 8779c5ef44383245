import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signCheckpoint } from '../../src/evidence/checkpoint.ts';
import { sha256Hex } from '../../src/evidence/digest.ts';
import { envelopeLine } from '../../src/evidence/dsse.ts';
import { newPrivateKeyPem, signerOf, type PublicKey, type Signer } from '../../src/evidence/key.ts';
import { MerkleTree } from '../../src/evidence/merkle.ts';
import { verifyLedger, verifyOutput, type Verification } from '../../src/evidence/verify.ts';
import { ORIGIN } from './scenario.ts';

const SCRIPT = join(import.meta.dirname, '../../templates/verify.sh');

export interface Predicate {
  seq: number;
  prev: string;
  at: string;
  [name: string]: unknown;
}
export interface Said {
  subject: { name: string; digest: { sha256: string } }[];
  predicateType: string;
  predicate: Predicate;
  [name: string]: unknown;
}

/** What a verifier is handed. */
export interface Handed {
  readonly ledger: Buffer;
  readonly checkpoint: string;
  readonly keys: readonly PublicKey[];
}

export function newSigner(): Signer {
  return signerOf(newPrivateKeyPem());
}

export function ledgerOf(lines: readonly (Buffer | string)[]): Buffer {
  return Buffer.concat(lines.flatMap(line => [Buffer.from(line), Buffer.from('\n')]));
}

export function checkpointOf(lines: readonly (Buffer | string)[], signer: Signer, origin = ORIGIN): string {
  const tree = new MerkleTree();
  for (const line of lines) tree.add(Buffer.from(line));
  return signCheckpoint({ origin, size: tree.size, root: tree.root().toString('base64') }, undefined, signer);
}

export function saidBy(line: Buffer): Said {
  const { payload } = JSON.parse(line.toString()) as { payload: string };
  return JSON.parse(Buffer.from(payload, 'base64').toString()) as Said;
}

/** The insider: holds the key, changes what they like, and signs everything again so that the chain holds. */
export function resign(said: readonly Said[], signer: Signer): readonly Buffer[] {
  let prev = '0'.repeat(64);
  return said.map((statement, seq) => {
    const predicate = { ...statement.predicate, seq, prev };
    const line = envelopeLine(Buffer.from(JSON.stringify({ ...statement, predicate })), [signer]);
    prev = sha256Hex(line);
    return line;
  });
}

export interface Judged {
  readonly exitCode: number;
  readonly output: string;
}

/** The reference script on real files. */
export async function judgedByScript({ ledger, checkpoint, keys }: Handed): Promise<Judged> {
  const folder = await mkdtemp(join(tmpdir(), 'resurgam-verify-'));
  try {
    await mkdir(join(folder, 'keys'));
    await writeFile(join(folder, 'ledger.jsonl'), ledger);
    await writeFile(join(folder, 'checkpoint.txt'), checkpoint);
    for (const key of keys) await writeFile(join(folder, 'keys', `${key.keyid}.pem`), key.pem);
    return await new Promise(resolve => {
      execFile('bash', [SCRIPT, 'ledger.jsonl', 'checkpoint.txt', 'keys'], { cwd: folder }, (error, stdout) => {
        resolve({ exitCode: error === null ? 0 : Number(error.code), output: stdout });
      });
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Our own verifier. */
export function verified({ ledger, checkpoint, keys }: Handed, others: readonly string[] = []): Promise<Verification> {
  return verifyLedger({ ledger: chunksOf(ledger), checkpoint, keys, others });
}

export async function judgedByUs(handed: Handed): Promise<Judged> {
  const verification = await verified(handed);
  return { exitCode: verification.exitCode, output: verifyOutput(verification) };
}

/** Odd sizes, so that lines are cut anywhere. */
export async function* chunksOf(bytes: Buffer, size = 997): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += size) yield await Promise.resolve(bytes.subarray(start, start + size));
}
