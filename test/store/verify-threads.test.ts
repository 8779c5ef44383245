import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { verifyLedger } from '../../src/evidence/verify.ts';
import { verifyPath } from '../../src/store/verify-path.ts';
import { verifyThreads } from '../../src/store/verify-threads.ts';
import { checkpointOf, chunksOf, ledgerOf, newSigner, verified, type Handed } from '../evidence/forge.ts';
import { heartbeat, honest, sealAll } from '../evidence/scenario.ts';

const signer = newSigner();
const beats = Array.from({ length: 5000 }, () => heartbeat('2026-12-01T00:00:00.000Z'));
const lines = sealAll([...honest(signer), ...beats], () => [signer]);
const good: Handed = { ledger: ledgerOf(lines), checkpoint: checkpointOf(lines, signer), keys: [signer] };
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'resurgam-verify-threads-'));
  await writeFile(join(folder, 'checkpoint.txt'), good.checkpoint);
  await writeFile(join(folder, 'signer.pem'), signer.pem);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('threads find what is found line by line', async () => {
  for (const at of [0, 1, 700, lines.length - 1]) {
    const handed = {
      ...good,
      ledger: ledgerOf(lines.map((line, seq) => (seq === at ? String(line).replace('"sig":"', '"sig":"A') : line))),
    };
    await using threads = verifyThreads(handed.keys, 3);

    const { ledger, ...rest } = handed;
    const found = await verifyLedger({ ...rest, ledger: chunksOf(ledger, 100_000), blocks: threads.open });

    expect(found.firstLine).toBe(`BAD SIGNATURE at ${at}`);
  }
  await using threads = verifyThreads(good.keys, 3);
  const { ledger, ...rest } = good;
  const found = await verifyLedger({ ...rest, ledger: chunksOf(ledger, 100_000), blocks: threads.open });
  expect(found).toEqual(await verified(good));
});

test('a large file is verified in threads, and says how far it came', async () => {
  const path = join(folder, 'ledger.jsonl');
  await writeFile(path, good.ledger);
  const seen: number[] = [];

  const verification = await verifyPath(path, { progress: ({ readBytes, totalBytes }) => seen.push(readBytes / totalBytes) });
  await writeFile(path, ledgerOf([...lines.slice(0, 4000), ...lines.slice(4001)]));
  const shorter = await verifyPath(path);

  expect(good.ledger.length).toBeGreaterThan(4 * 1024 * 1024);
  expect(verification.firstLine).toMatch(new RegExp(`^OK ${lines.length} entries`));
  expect(seen.at(-1)).toBe(1);
  expect(seen.length).toBeGreaterThan(2);
  expect(shorter).toMatchObject({ exitCode: 1, firstLine: 'CHAIN BREAK at 4000' });
});
