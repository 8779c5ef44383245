import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readBlock, type Block, type BlockReader } from '../../src/evidence/block.ts';
import { leafHash, MerkleTree, subtreesOf } from '../../src/evidence/merkle.ts';
import { verifyLedger, type Verification } from '../../src/evidence/verify.ts';
import { checkpointOf, chunksOf, ledgerOf, newSigner, resign, saidBy, verified, type Handed } from './forge.ts';
import { honest, genesis, heartbeat, ORIGIN, sealAll } from './scenario.ts';

const signer = newSigner();
const other = newSigner();
const lines = sealAll(honest(signer), () => [signer]);
const good: Handed = { ledger: ledgerOf(lines), checkpoint: checkpointOf(lines, signer), keys: [signer] };
const CHUNKS = [97, 997, 4096, 20_000] as const;

/** As the threads read: blocks by themselves, several ahead, through what a message between threads can carry. */
function inBlocks({ ledger, checkpoint, keys }: Handed, chunk: number, others: readonly string[] = []): Promise<Verification> {
  const blocks = (of: { readonly origin: string; readonly stops: ReadonlySet<number> }): BlockReader => ({
    ahead: 3,
    read: async (block: Block) => {
      await new Promise(resolve => setImmediate(resolve));
      return structuredClone(readBlock(structuredClone(block), { ...of, keys }));
    },
  });
  return verifyLedger({ ledger: chunksOf(ledger, chunk), checkpoint, keys, others, blocks });
}

/** A copy with a damage that keeps the lines whole, so that the damage is what must be found. */
const damage = fc.record({
  kind: fc.constantFrom('byte', 'drop', 'repeat', 'swap', 'cut', 'signature', 'payload', 'stranger', 'backdate', 'none'),
  at: fc.nat({ max: lines.length - 1 }),
  where: fc.nat({ max: 5000 }),
  by: fc.integer({ min: 1, max: 255 }),
});
type Damage = typeof damage extends fc.Arbitrary<infer T> ? T : never;

function damaged({ kind, at, where, by }: Damage): Handed {
  const all: (Buffer | string)[] = lines.map(line => Buffer.from(line));
  const line = String(lines[at]);
  if (kind === 'byte') (all[at] as Buffer)[where % line.length] = line.charCodeAt(where % line.length) ^ by;
  if (kind === 'drop') all.splice(at, 1);
  if (kind === 'repeat') all.splice(at, 0, line);
  if (kind === 'swap') all.splice(at, 1, ...[lines[where % lines.length] ?? '']);
  if (kind === 'signature') all[at] = line.replace(/(?<="sig":")./, first => (first === 'A' ? 'B' : 'A'));
  if (kind === 'payload') all[at] = line.replace(/"payload":"(.*?)"/, (_, text: string) => `"payload":"${text.slice(0, -4)}"`);
  if (kind === 'stranger') all[at] = resign([saidBy(lines[at] as Buffer)], other)[0] ?? '';
  const ledger = ledgerOf(all);
  if (kind === 'cut') return { ...good, ledger: ledger.subarray(0, where % ledger.length) };
  if (kind !== 'backdate') return { ...good, ledger };
  const said = structuredClone(lines.map(saidBy));
  Object.assign(said[at]?.predicate ?? {}, { at: '2026-11-01T00:00:00.000Z' });
  const forged = resign(said, signer);
  return { ...good, ledger: ledgerOf(forged), checkpoint: checkpointOf(forged, signer) };
}

describe('a ledger that is read in blocks, several at a time', () => {
  test('gets the very answer that it gets line by line, whatever was done to it', async () => {
    await fc.assert(
      fc.asyncProperty(damage, fc.constantFrom(...CHUNKS), async (one, chunk) => {
        const handed = damaged(one);
        const others = [checkpointOf(lines.slice(0, 5), signer)];

        expect(await inBlocks(handed, chunk, others)).toEqual(await verified(handed, others));
      }),
      { numRuns: 120 },
    );
  });

  test('says the first of two broken lines', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: lines.length - 1 }), fc.nat({ max: lines.length - 1 }), async (a, b) => {
        const ledger = ledgerOf(lines.map((line, seq) => (seq === a || seq === b ? String(line).replace('"sig":"', '"sig":"A') : line)));

        const { firstLine } = await inBlocks({ ...good, ledger }, 2048);

        expect(firstLine).toBe(`BAD SIGNATURE at ${Math.min(a, b)}`);
      }),
      { numRuns: 60 },
    );
  });

  test.each(['old', 'new'] as const)('knows after a rotation, many blocks later, that the %s key signed', async who => {
    const fields = { keyid: other.keyid, algorithm: 'ed25519', publicKey: other.pem, role: 'machine', replaces: signer.keyid } as const;
    const announced = {
      now: '2026-10-31T00:00:00.000Z',
      entry: { type: 'key', actor: { kind: 'system', id: 'resurgam' }, fields },
    } as const;
    const beats = Array.from({ length: 20 }, () => heartbeat('2026-11-01T00:00:00.000Z'));
    const signed = sealAll([genesis(signer), ...beats, announced, ...beats], (type, seq) =>
      type === 'key' ? [signer, other] : seq < 21 || (who === 'old' && seq > 35) ? [signer] : [other],
    );
    const handed = { ledger: ledgerOf(signed), checkpoint: checkpointOf(signed, other), keys: [signer, other] };

    const { firstLine } = await inBlocks(handed, 3000);

    expect(firstLine).toBe(who === 'old' ? 'KEY NOT IN FORCE at 36' : `OK 42 entries, checkpoint size 42, origin ${ORIGIN}`);
    expect(firstLine).toBe((await verified(handed)).firstLine);
  });

  test('reads a block by itself, and leaves one to others that stands elsewhere', () => {
    const options = { origin: ORIGIN, keys: [signer], stops: new Set<number>() };

    const reading = readBlock({ start: 0, bytes: good.ledger }, options);
    const later = readBlock({ start: 3, bytes: ledgerOf(lines.slice(3)) }, options);
    const elsewhere = readBlock({ start: 4, bytes: ledgerOf(lines.slice(3)) }, options);

    expect(reading).toMatchObject({ lines: lines.length, signedBy: [[signer.keyid]] });
    expect(later).toMatchObject({ start: 3, lines: lines.length - 3 });
    expect(elsewhere).toBeUndefined();
  });

  test('fails when whoever reads the blocks fails', async () => {
    const blocks = (): BlockReader => ({ ahead: 2, read: () => Promise.reject(new Error('a thread ended')) });

    await expect(verifyLedger({ ...good, ledger: chunksOf(good.ledger), blocks })).rejects.toThrow('a thread ended');
  });
});

test('subtrees of a stretch make the same tree as its leaves, and end where its root is asked for', () => {
  fc.assert(
    fc.property(fc.nat({ max: 70 }), fc.nat({ max: 70 }), fc.array(fc.nat({ max: 140 })), (before, count, asked) => {
      const leaves = Array.from({ length: before + count }, (_, index) => Buffer.from([index]));
      const [whole, built] = [new MerkleTree(), new MerkleTree()];
      const stops = new Set(asked.filter(size => size > before && size <= before + count));
      const roots = (tree: MerkleTree): readonly string[] => (stops.has(tree.size) ? [tree.root().toString('hex')] : []);

      const expected = leaves.flatMap(leaf => (whole.add(leaf), roots(whole)));
      for (const leaf of leaves.slice(0, before)) built.add(leaf);
      const found = subtreesOf(leaves.slice(before).map(leafHash), before, stops).flatMap(one => (built.addSubtree(one), roots(built)));

      expect(found).toEqual(expected);
      expect(built.root()).toEqual(whole.root());
    }),
  );
});
