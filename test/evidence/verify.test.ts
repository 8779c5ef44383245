import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { publicKeyOf } from '../../src/evidence/key.ts';
import { verifyLedger, verifyOutput } from '../../src/evidence/verify.ts';
import { checkpointOf, chunksOf, ledgerOf, newSigner, resign, saidBy, verified } from './forge.ts';
import { honest, ORIGIN, sealAll } from './scenario.ts';

const SAMPLE = join(import.meta.dirname, '../vectors/sample-ledger');
const SCRIPT = join(import.meta.dirname, '../../templates/verify.sh');
const signer = newSigner();
const lines = sealAll(honest(signer), () => [signer]);
const good = { ledger: ledgerOf(lines), checkpoint: checkpointOf(lines, signer), keys: [signer] };

async function sample(checkpoint: string): Promise<Parameters<typeof verifyLedger>[0]> {
  const read = (name: string): Promise<string> => readFile(join(SAMPLE, name), 'utf8');
  const ledger = await readFile(join(SAMPLE, 'ledger.jsonl'));
  return { ledger: chunksOf(ledger), checkpoint: await read(checkpoint), keys: [publicKeyOf(await read('signer.pem'))] };
}

describe('the sample ledger', () => {
  test.each(['checkpoint.txt', 'checkpoint-earlier.txt'])('gets the very output of the reference script with %s', async checkpoint => {
    const { stdout } = await promisify(execFile)('bash', [SCRIPT, 'ledger.jsonl', checkpoint, 'signer.pem'], { cwd: SAMPLE });

    const verification = await verifyLedger(await sample(checkpoint));

    expect(verifyOutput(verification)).toBe(stdout);
    expect(verification.exitCode).toBe(0);
  });

  test('gets its silences named, and the entries that the earlier checkpoint does not cover', async () => {
    const { statements } = await verifyLedger(await sample('checkpoint-earlier.txt'));

    expect(statements).toEqual([
      'not anchored since 2026-11-02T06:00:05.000Z',
      'not heard from 2026-11-01T09:48:43.000Z to 2026-11-02T06:00:00.000Z',
      'not heard from 2026-11-02T06:00:05.000Z to 2026-11-05T16:00:00.000Z',
      'not heard from 2026-11-05T16:00:00.000Z to 2026-11-08T08:00:02.000Z',
      'not heard from 2026-11-08T15:00:00.000Z to 2026-11-15T08:00:00.000Z',
      'not heard from 2026-11-15T15:00:01.000Z to 2026-11-16T14:00:00.000Z',
      '17 entries after the checkpoint',
    ]);
  });
});

describe('our verifier', () => {
  test('notices a change of any byte of a ledger, and any byte left out', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: good.ledger.length - 1 }), fc.integer({ min: 1, max: 255 }), async (at, by) => {
        const changed = Buffer.from(good.ledger);
        changed[at] = (changed[at] ?? 0) ^ by;
        const shorter = Buffer.concat([good.ledger.subarray(0, at), good.ledger.subarray(at + 1)]);

        const codes = [(await verified({ ...good, ledger: changed })).exitCode, (await verified({ ...good, ledger: shorter })).exitCode];

        expect(codes).toEqual([1, 1]);
      }),
      { numRuns: 250 },
    );
  });

  test('notices a change of any byte of a checkpoint', async () => {
    const bytes = Buffer.from(good.checkpoint);

    for (let at = 0; at < bytes.length - 1; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect((await verified({ ...good, checkpoint: changed.toString('utf8') })).exitCode, `byte ${at}`).toBe(1);
    }
  });

  test('needs the last entries to be covered neither by a checkpoint nor by anything else to notice their change', async () => {
    const checkpoint = checkpointOf(lines.slice(0, 3), signer);
    const last = String(lines.at(-1));
    const changed = ledgerOf([...lines.slice(0, -1), last.replace(/(?<="sig":")./, first => (first === 'A' ? 'B' : 'A'))]);

    const [before, after] = [await verified({ ...good, checkpoint }), await verified({ ...good, checkpoint, ledger: changed })];

    expect(before.statements).toContain(`${lines.length - 3} entries after the checkpoint`);
    expect(after.firstLine).toBe(`BAD SIGNATURE at ${lines.length - 1}`);
  });

  test('reads two checkpoints that cannot both be true as a fork', async () => {
    const said = lines.map(saidBy);
    const rewritten = resign(
      said.map(one => ({ ...one, predicate: { ...one.predicate, verdict: 'passed' } })),
      signer,
    );
    const handed = { ...good, ledger: ledgerOf(rewritten), checkpoint: checkpointOf(rewritten, signer) };
    const older = checkpointOf(lines.slice(0, 5), signer);

    expect((await verified(handed, [older])).firstLine).toBe(`FORK between checkpoints 5 and ${lines.length}`);
    expect((await verified(handed, [good.checkpoint])).firstLine).toBe(`FORK between checkpoints ${lines.length} and ${lines.length}`);
    expect((await verified(handed, [handed.checkpoint])).firstLine).toBe(
      `OK ${lines.length} entries, checkpoint size ${lines.length}, origin ${ORIGIN}`,
    );
  });

  test('says of files that they are missing before it says that others were altered', async () => {
    const subjects = [
      { name: 'a.json', digest: { sha256: 'aa' } },
      { name: 'b.json', digest: { sha256: 'bb' } },
    ];
    const vouching = resign(
      lines.map(saidBy).map((one, seq) => (seq === 1 ? { ...one, subject: [...one.subject, ...subjects] } : one)),
      signer,
    );
    const handed = { ledger: ledgerOf(vouching), checkpoint: checkpointOf(vouching, signer), keys: [signer] };
    const first = async (files: Record<string, string>, filesMayBeAbsent = false): Promise<string> => {
      const digestOf = (name: string): Promise<string | undefined> => Promise.resolve(files[name]);
      return (await verifyLedger({ ...handed, ledger: chunksOf(handed.ledger), digestOf, filesMayBeAbsent })).firstLine;
    };

    expect(await first({ 'a.json': 'xx' })).toBe('FILE MISSING b.json');
    expect(await first({ 'a.json': 'xx' }, true)).toBe('FILE ALTERED a.json');
    expect(await first({ 'a.json': 'aa', 'b.json': 'xx' })).toBe('FILE ALTERED b.json');
    expect(await first({ 'a.json': 'aa', 'b.json': 'bb' })).toMatch(/^OK /);
  });
});
