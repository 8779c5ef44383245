import { cp, mkdtemp, readFile, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { newPrivateKeyPem, signerOf } from '../../src/evidence/key.ts';
import { verifyPath } from '../../src/store/verify-path.ts';

const SAMPLE = join(import.meta.dirname, '../vectors/sample-ledger');
const OK = 'OK 32 entries, checkpoint size 32, origin resurgam.example/lakeside';
let root: string;
let folder: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'resurgam-verify-path-'));
  folder = join(root, 'ledger');
  await cp(SAMPLE, folder, { recursive: true });
});
afterEach(() => rm(root, { recursive: true, force: true }));

describe('verifying what lies in a folder', () => {
  test('looks at the ledger, its checkpoints and the files it vouches for', async () => {
    const verification = await verifyPath(folder);

    expect(verification).toMatchObject({ exitCode: 0, firstLine: OK, keysFromFolder: true });
    expect(verification.keyids).toEqual(['15e59b5978c76acad184f5b24c3ed82919c32f27e1d04cf8ed2354d083219227']);
  });

  test('misses a file that is gone, and notices one that was changed', async () => {
    await unlink(join(folder, 'drills/d-0003.json'));
    await writeFile(join(folder, 'drills/d-0001.json'), '{}');

    const missing = await verifyPath(folder);
    const fileAlone = await verifyPath(join(folder, 'ledger.jsonl'));

    expect(missing).toMatchObject({ exitCode: 1, firstLine: 'FILE MISSING drills/d-0003.json' });
    expect(fileAlone).toMatchObject({ exitCode: 1, firstLine: 'FILE ALTERED drills/d-0001.json' });
  });

  test('does not ask for files when only the ledger was handed over, but says that it did not see them', async () => {
    for (const name of ['drills', 'plans', 'reports']) await rm(join(folder, name), { recursive: true });

    const verification = await verifyPath(join(folder, 'ledger.jsonl'));

    expect(verification).toMatchObject({ exitCode: 0, firstLine: OK });
    expect(verification.statements.at(-1)).toBe('10 files that entries vouch for were not there to be looked at');
  });

  test('follows no link out of the folder', async () => {
    const outside = join(root, 'outside.json');
    await cp(join(folder, 'drills/d-0001.json'), outside);
    await unlink(join(folder, 'drills/d-0001.json'));
    await symlink(outside, join(folder, 'drills/d-0001.json'));

    expect((await verifyPath(folder)).firstLine).toBe('FILE MISSING drills/d-0001.json');
  });

  test('takes a checkpoint and a key from elsewhere', async () => {
    const [checkpoint, key, foreign] = ['mail.txt', 'given.pem', 'foreign.pem'].map(name => join(root, name)) as [string, string, string];
    await cp(join(folder, 'checkpoint-earlier.txt'), checkpoint);
    await cp(join(folder, 'signer.pem'), key);
    await writeFile(foreign, signerOf(newPrivateKeyPem()).pem);

    const given = await verifyPath(folder, { checkpoint, key });

    expect(given.firstLine).toBe('OK 32 entries, checkpoint size 15, origin resurgam.example/lakeside');
    expect(given.keysFromFolder).toBe(false);
    expect((await verifyPath(folder, { key: foreign })).firstLine).toBe('UNKNOWN KEY at 0');
  });

  test('measures a ledger that was rolled back by the newer checkpoint that is still in the folder', async () => {
    const lines = (await readFile(join(folder, 'ledger.jsonl'), 'utf8')).split('\n').slice(0, 15);
    await writeFile(join(folder, 'ledger.jsonl'), `${lines.join('\n')}\n`);
    await cp(join(folder, 'checkpoint.txt'), join(folder, 'checkpoints/000000032.txt'));
    await cp(join(folder, 'checkpoint-earlier.txt'), join(folder, 'checkpoint.txt'));

    expect((await verifyPath(folder)).firstLine).toBe('TRUNCATED: 15 entries, checkpoint says 32');
  });

  test.each(['ledger.jsonl', 'checkpoint.txt', 'signer.pem'])('says what to give when %s is not there', async name => {
    await unlink(join(folder, name));

    await expect(verifyPath(folder)).rejects.toMatchObject({ code: 'not-found', hint: expect.stringMatching(/^Give /) as string });
  });

  test('says so when the key is none', async () => {
    await writeFile(join(folder, 'signer.pem'), 'not a key');

    await expect(verifyPath(folder)).rejects.toMatchObject({ name: 'EvidenceError', code: 'bad-key' });
  });
});
